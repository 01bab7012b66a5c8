/** The bundler turns an imported page into its text. */
declare module "*.html" {
    const text: string;
    export default text;
}
