import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: ["log", "projection", "money", "conversation", "delivery", "workspace", "watch"].map(
    (name) => `./src/store/tables/${name}.ts`,
  ),
  out: "./migrations",
});
