import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF

/// Reads the measurements of a task from lines of text.
///
/// | form | a line |
/// | --- | --- |
/// | number | a whole number |
/// | bucket | the number of a bucket, counted from 0 |
/// | vector | whole numbers with commas between them |
/// | bits | zeros and ones with commas between them |
/// | string | a string, as the task's encoding takes it, or a URL of which a part is one |
///
/// Spaces around a number are no part of it.
package struct MeasurementReader: Sendable {
    private let form: MeasurementForm
    private let encoding: (any StringEncoding)?
    private let value: LineValue
    /// What comes before every string; nil where strings have no groups, or lines have them.
    private let group: [UInt8]?
    /// What is measured in place of a line that is no measurement; nil where such lines are left out.
    package let other: VdafMeasurement?

    /// - Parameters:
    ///   - encoding: how strings become bits; only Poplar1 has strings.
    ///   - value: which string a line stands for; of no use where there are none.
    ///   - group: the group of all lines, in a task with groups.
    ///   - unencodable: what becomes of lines that are no measurement.
    /// - Throws: `noEncoding` for strings without one, `noOther` where the task has no code word for other strings.
    package init(
        vdaf: VdafConfiguration, encoding: (any StringEncoding)?, value: LineValue = .raw,
        group: [UInt8]? = nil, unencodable: UnencodableLines = .skip
    ) throws(MeasurementError) {
        form = vdaf.form
        if case .string = form, encoding == nil { throw .noEncoding }
        self.encoding = encoding
        self.value = value
        self.group = group
        switch unencodable {
        case .skip: other = nil
        case .other:
            guard case .string(let bits) = form, let word = encoding?.reservedWord(bits: bits) else { throw .noOther }
            other = .bits(word.padded(to: bits))
        }
    }

    /// The most bytes of a line of which all must be read: longer ones are no measurement.
    package var longestLine: Int {
        switch form {
        case .number, .bucket, .string: LineReader.longestLine
        // Twenty digits, a comma and some spaces.
        case .vector(let length, _), .bits(let length, _): max(LineReader.longestLine, min(length, 1 << 22) * 32)
        }
    }

    /// The measurement that a line says.
    package func measurement(of line: [UInt8]) throws(MeasurementError) -> VdafMeasurement {
        switch form {
        case .number(let maximum):
            return .integer(try Self.number(in: Self.trimmed(line[...]), maximum: maximum))
        case .bucket(let count):
            let text = Self.trimmed(line[...])
            guard let last = count.checkedPredecessor, let bucket = Self.digits(text), bucket <= last else {
                throw Self.digits(text) == nil && !Self.isWholeNumber(text)
                    ? .notANumber(entry: nil) : .noSuchBucket(buckets: count)
            }
            return .integer(bucket)
        case .vector(let length, let maximum):
            return .vector(try Self.numbers(in: line, length: length, maximum: maximum))
        case .bits(let length, let maximumSet):
            let bits = try Self.numbers(in: line, length: length, maximum: 1)
            let set = bits.count { $0 == 1 }
            guard set <= maximumSet else { throw .tooManySet(set, maximum: maximumSet) }
            return .vector(bits)
        case .string(let bits):
            guard let encoding else { throw .noEncoding }
            let string: [UInt8]
            do throws(URLRefusal) { string = try value.string(of: line) } catch { throw .noURL(error) }
            do throws(StringEncodingError) {
                let value = group.map { GroupedValue(group: $0, string: string).bytes } ?? string
                return .bits(try encoding.path(of: value, bits: bits))
            } catch {
                throw .unencodable(error)
            }
        }
    }

    // MARK: Numbers

    private static func numbers(
        in line: [UInt8], length: Int, maximum: UInt64
    ) throws(MeasurementError) -> [UInt64] {
        let parts = trimmed(line[...]).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == length else { throw .wrongLength(parts.count, expected: length) }
        var numbers: [UInt64] = []
        numbers.reserveCapacity(length)
        for (index, part) in parts.enumerated() {
            numbers.append(try number(in: trimmed(part), maximum: maximum, entry: index + 1))
        }
        return numbers
    }

    private static func number(
        in text: ArraySlice<UInt8>, maximum: UInt64, entry: Int? = nil
    ) throws(MeasurementError) -> UInt64 {
        guard isWholeNumber(text) else { throw .notANumber(entry: entry) }
        guard let number = digits(text), number <= maximum else { throw .outOfRange(entry: entry, maximum: maximum) }
        return number
    }

    /// Whether the text is a whole number of whatever size, also a negative one.
    private static func isWholeNumber(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        return !digits.isEmpty && digits.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// The number that digits alone say; nil where it is greater than any that can be held.
    private static func digits(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard !text.isEmpty else { return nil }
        var number: UInt64 = 0
        for digit in text {
            guard 0x30...0x39 ~= digit else { return nil }
            let (product, high) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 0x30))
            guard !high, !carry else { return nil }
            number = sum
        }
        return number
    }

    /// The text without spaces and tabs around it, and without the mark with which some programs begin a file.
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? text.dropFirst(3) : text
        text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}

extension UInt64 {
    fileprivate var checkedPredecessor: UInt64? { self > 0 ? self - 1 : nil }
}

/// What becomes of lines that are no measurement of the task.
///
/// A line that is left out makes one report less, so the number of reports tells something of the strings. With a code
/// word in its place every line that is not empty makes a report, and what noise promises holds whatever it says.
package enum UnencodableLines: String, Hashable, Sendable, CaseIterable {
    /// They are left out.
    case skip
    /// The encoding's reserved word is uploaded in their place.
    case other
}

/// Why a line is no measurement of the task; it names what the task takes, never what the line says.
package enum MeasurementError: Error, Hashable, Sendable {
    /// The task's encoding of strings is unknown.
    case noEncoding
    /// The encoding cannot take the string.
    case unencodable(StringEncodingError)
    /// The task has no code word for strings that it cannot take.
    case noOther
    /// The line is no URL of the wanted kind.
    case noURL(URLRefusal)
    /// An entry, counted from 1, or the whole line, is no whole number.
    case notANumber(entry: Int?)
    case outOfRange(entry: Int?, maximum: UInt64)
    case wrongLength(Int, expected: Int)
    case noSuchBucket(buckets: UInt64)
    case tooManySet(Int, maximum: UInt64)
}

extension MeasurementError: CustomStringConvertible {
    package var description: String {
        func subject(_ entry: Int?) -> String { entry.map { "number \($0) is " } ?? "" }
        return switch self {
        case .noEncoding: "the task's encoding of strings is unknown"
        case .unencodable(let error): error.description
        case .noOther: "the task has no code word for strings that it cannot take"
        case .noURL(let error): error.description
        case .notANumber(let entry): "\(subject(entry))not a whole number"
        case .outOfRange(let entry, 1): "\(subject(entry))neither 0 nor 1"
        case .outOfRange(let entry, let maximum): "\(subject(entry))out of range: the task takes 0 to \(maximum)"
        case .wrongLength(let found, let expected):
            "\(found) number\(found == 1 ? "" : "s") where the task takes \(expected), with commas between them"
        case .noSuchBucket(let buckets): "no bucket of the task: they are 0 to \(buckets - 1)"
        case .tooManySet(let found, let maximum): "\(found) ones where the task takes at most \(maximum)"
        }
    }
}
