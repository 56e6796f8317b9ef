/** Folders that hold a chart: every `Chart.yaml` names one. */
export const chartFolders = (list: readonly string[]): readonly string[] =>
  list
    .filter((path) => path.endsWith("/Chart.yaml"))
    .map((path) => path.slice(0, -"/Chart.yaml".length));

/** True for a file below `templates/` of a chart: text with actions, not YAML. */
export const isChartTemplate = (path: string, list: readonly string[]): boolean =>
  chartFolders(list).some((folder) => path.startsWith(`${folder}/templates/`));
