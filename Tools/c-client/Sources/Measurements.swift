import CPopulusClient
import PopulusReportMaking
import PopulusVDAF

/// What the bytes of a measurement say: a string, or whole numbers with commas between them.
extension ReportTask {
    /// - Parameter other: whether a string that the task cannot take is its code word for others.
    /// - Throws: `BAD_MEASUREMENT`, in words that say what the task takes.
    func measurement(saying text: [UInt8], otherwise other: Bool = false) throws(ClientFailure) -> VdafMeasurement {
        let numbers = try numbers(in: text)
        do throws(ReportMakingError) {
            switch configuration.vdaf.form {
            case .string: return try measurement(of: text)
            case .number, .bucket: return try measurement(of: numbers[0])
            case .vector, .bits: return try measurement(of: numbers)
            }
        } catch {
            if other, case .unencodable = error, let word = measurementOfOther { return word }
            throw error.failure
        }
    }

    /// The numbers of a text, one where the task takes one; none where it takes strings.
    private func numbers(in text: [UInt8]) throws(ClientFailure) -> [UInt64] {
        let parts: [ArraySlice<UInt8>] =
            switch configuration.vdaf.form {
            case .string: []
            case .number, .bucket: [text[...]]
            case .vector, .bits: text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            }
        var numbers: [UInt64] = []
        for part in parts { numbers.append(try Self.number(in: Self.trimmed(part))) }
        return numbers
    }

    private static func number(in digits: ArraySlice<UInt8>) throws(ClientFailure) -> UInt64 {
        guard !digits.isEmpty, digits.allSatisfy({ 0x30...0x39 ~= $0 }),
            let number = UInt64(String(decoding: digits, as: UTF8.self))
        else {
            throw ClientFailure(
                POPULUS_CLIENT_BAD_MEASUREMENT,
                "the task takes whole numbers from 0, with commas between them where there are several")
        }
        return number
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}

extension ReportMakingError {
    /// The same, as C hears of it.
    var failure: ClientFailure {
        switch self {
        case .noStrings: ClientFailure(POPULUS_CLIENT_BAD_MEASUREMENT, "the task file names no encoding of strings")
        case .noNumbers: ClientFailure(POPULUS_CLIENT_BAD_MEASUREMENT, "the task takes strings")
        case .unencodable(let refusal): ClientFailure(POPULUS_CLIENT_BAD_MEASUREMENT, refusal.requirement)
        case .sharding(.measurementOutOfRange(let allowed)):
            ClientFailure(POPULUS_CLIENT_BAD_MEASUREMENT, "the task takes \(allowed)")
        case .sharding: ClientFailure(POPULUS_CLIENT_BAD_MEASUREMENT, "the task does not take this measurement")
        case .sealing: ClientFailure(POPULUS_CLIENT_FAILED, "a share could not be sealed")
        }
    }
}
