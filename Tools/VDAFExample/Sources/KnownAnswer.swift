/// A known answer of a VDAF, as the specification's files have it.
///
/// Spec: VDAF, appendix "Test Vectors".
struct KnownAnswer: Decodable {
    struct Operation: Decodable {
        let operation: String
        let success: Bool
        let round: Int?
        let aggregator_id: Int?
        let report_index: Int?
    }

    struct Report: Decodable {
        let measurement: Value?
        let nonce: Hex
        let rand: Hex
        let public_share: Hex
        let input_shares: [Hex]
        let verifier_shares: [[Hex]]
        let verifier_messages: [Hex]
        let out_shares: [Hex]
    }

    let shares: Int
    let verify_key: Hex
    let agg_param: Hex
    let ctx: Hex
    let operations: [Operation]
    let reports: [Report]
    let agg_shares: [Hex]
    let agg_result: Value?

    // What makes the instance.
    let bits: Int?
    let length: Int?
    let max_measurement: UInt64?
    let max_weight: UInt64?
    let chunk_length: Int?
    let proofs: Int?
}

/// A measurement or a result.
enum Value: Decodable, Equatable {
    case number(UInt64)
    case numbers([UInt64])
    case bits([Bool])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The form tells the kind; what has none of the three forms throws at the last.
        if let number = try? container.decode(UInt64.self) {
            self = .number(number)
        } else if let numbers = try? container.decode([UInt64].self) {
            self = .numbers(numbers)
        } else {
            self = .bits(try container.decode([Bool].self))
        }
    }
}

/// Bytes, two hexadecimal digits each.
struct Hex: Decodable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let text = Array(try decoder.singleValueContainer().decode(String.self).utf8)
        bytes = try stride(from: 0, to: text.count, by: 2).map { at in
            let digits = String(decoding: text[at..<min(at + 2, text.count)], as: UTF8.self)
            guard digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) else { throw Failure("not hexadecimal") }
            return byte
        }
    }
}

/// What is wrong with a known answer.
struct Failure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
