declare module '*.xlsx?url&inline' {
  /** `data:` URL of the file. */
  const url: string;
  export default url;
}
