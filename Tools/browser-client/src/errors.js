/** An error of this module; `code` says which, for programs. No message has a measurement in it. */
export class PopulusError extends Error {
    constructor(code, message, options) {
        super(message, options);
        this.name = "PopulusError";
        this.code = code;
    }
}
