declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*?worklet" {
  const code: string;
  export default code;
}
