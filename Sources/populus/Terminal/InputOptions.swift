import ArgumentParser
import Client

/// How a command reads an input of lines.
struct InputOptions: ParsableArguments {
    @Flag(
        name: [.customLong("null"), .customShort("0")],
        help: "The values end at NUL bytes, as find -print0 writes them, and may have line ends inside.")
    var nul = false

    @Flag(help: "Take the bytes as they are, also where they are no text.")
    var binary = false

    var form: InputForm { InputForm(separator: nul ? .nul : .newline, isBinary: binary) }

    /// The options as they were typed.
    var words: [String] { (nul ? ["--null"] : []) + (binary ? ["--binary"] : []) }
}
