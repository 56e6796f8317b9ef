/** Version of the product; equal to package.json's, which a test compares. */
export const VERSION = "0.1.0";
