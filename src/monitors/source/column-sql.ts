import { quoteId } from "../../data/sql.ts";

const NUMBERS =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*|HUGEINT|UHUGEINT)$/;
const TIMES = /^(DATE|TIMESTAMP)/;

/** True for a DuckDB type that holds numbers. */
export const isNumberType = (type: string): boolean => NUMBERS.test(type);
export const isTimeType = (type: string): boolean => TIMES.test(type);
/** Types whose digits a double may lose: they are compared as categories. */
export const isWideType = (type: string): boolean => /^(U?HUGEINT|UBIGINT)$/.test(type);

/** SQL of a column as a double; text that is no number becomes NULL. */
export const asNumber = (name: string, type: string): string =>
  isNumberType(type)
    ? `CAST(${quoteId(name)} AS DOUBLE)`
    : `TRY_CAST(CAST(${quoteId(name)} AS VARCHAR) AS DOUBLE)`;

/** SQL of a column as a category: 3 and 3.0 are one, whichever type a file gave them. */
export const asCategory = (name: string, type: string): string => {
  const id = quoteId(name);
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) {
    const number = `CAST(${id} AS DOUBLE)`;
    return `CASE WHEN isnan(${number}) THEN NULL WHEN ${number} = floor(${number}) AND abs(${number}) < 1e15 THEN CAST(CAST(${number} AS BIGINT) AS VARCHAR) ELSE CAST(${number} AS VARCHAR) END`;
  }
  return `CAST(${id} AS VARCHAR)`;
};

/** SQL of a column as epoch milliseconds; instants without a zone are UTC, numbers are seconds or milliseconds by their size. */
export const asEpochMs = (name: string, type: string): string => {
  const id = quoteId(name);
  if (isNumberType(type))
    return `CAST(CASE WHEN abs(${id}) > 1e11 THEN ${id} ELSE ${id} * 1000 END AS BIGINT)`;
  return `epoch_ms(TRY_CAST(${id} AS TIMESTAMPTZ))`;
};
