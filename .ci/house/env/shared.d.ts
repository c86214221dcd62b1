// The shared room has no environment. The file exists so that its project is never empty.
export {};
