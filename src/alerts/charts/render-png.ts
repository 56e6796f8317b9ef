import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import type { EChartsOption } from "echarts";
import { init } from "echarts";

/** Width and height of a chart in pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

// Shipped with the package, so that words are drawn on machines that have no fonts at all.
const FONT_FAMILY = "DejaVu Sans";
const fontFiles = (): string[] => {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")),
    "ttf",
  );
  return [join(folder, "DejaVuSans.ttf"), join(folder, "DejaVuSans-Bold.ttf")];
};

/** A chart as PNG bytes, drawn without a browser. White background, so that it reads in dark themes too. */
export const renderPng = (option: EChartsOption, { height, width }: ChartSize): Uint8Array => {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: { fontFamily: FONT_FAMILY },
      ...option,
    });
    const svg = chart.renderToSVGString();
    const font = {
      fontFiles: fontFiles(),
      loadSystemFonts: false,
      defaultFontFamily: FONT_FAMILY,
    };
    return new Resvg(svg, { font, fitTo: { mode: "zoom", value: 2 } }).render().asPng();
  } finally {
    chart.dispose();
  }
};
