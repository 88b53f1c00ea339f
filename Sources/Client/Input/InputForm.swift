/// How an input is cut into lines, and whether it has to be text.
package struct InputForm: Hashable, Sendable {
    /// What ends a line.
    package enum Separator: Hashable, Sendable {
        /// LF, or CR and LF.
        case newline
        /// A NUL byte, as `find -print0` writes it: a line may then have line feeds inside.
        case nul

        var byte: UInt8 { self == .newline ? 0x0a : 0x00 }
    }

    package var separator: Separator
    /// Whether the bytes are taken as they are, text or not.
    package var isBinary: Bool

    package init(separator: Separator = .newline, isBinary: Bool = false) {
        self.separator = separator
        self.isBinary = isBinary
    }

    /// The mark with which some programs begin a text (U+FEFF in UTF-8): no part of what a person wrote.
    ///
    /// It is taken off every line and not off the first one alone, since files are joined.
    static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// What is wrong with a line as such, whatever the task takes.
    func fault(of line: [UInt8]) -> InputLine.Fault? {
        !isBinary && separator == .newline && line.contains(0x0d) ? .carriageReturn : nil
    }
}

/// One line of an input.
package struct InputLine: Hashable, Sendable {
    /// The line's number, counted from 1.
    package var number: Int
    /// The bytes without the line's end; at most as many as the reader keeps.
    package var bytes: [UInt8]
    /// How many bytes the line has.
    package var length: Int
    /// What is wrong with it as a line of text.
    package var fault: Fault?

    package init(number: Int, bytes: [UInt8], length: Int, fault: Fault? = nil) {
        self.number = number
        self.bytes = bytes
        self.length = length
        self.fault = fault
    }

    /// Why a line is none.
    package enum Fault: Error, Hashable, Sendable {
        /// A CR inside: the end of a line to some old programs, and never meant as a part of a value.
        case carriageReturn
    }
}

/// Why an input cannot be taken.
package enum InputError: Error, Hashable, Sendable {
    /// The system's reason.
    case unreadable(String)
    case noText(NoText)
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits a byte.
    package var hexDigits: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }
}
