import Foundation

/// Reads the JSON objects that the test API's requests are.
package enum CommandReader {
    /// - Throws: `malformed`, with the member that is wrong.
    package static func read<Command: Decodable>(
        _ type: Command.Type, from body: [UInt8]
    ) throws(InteropError) -> Command {
        do {
            return try JSONDecoder().decode(Command.self, from: Data(body))
        } catch let error as DecodingError {
            throw .malformed(text(of: error))
        } catch {
            throw .malformed("the body is no JSON")
        }
    }

    private static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "the member \(path(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context):
            "the member \(path(context.codingPath)) is null"
        case .typeMismatch(_, let context) where context.codingPath.isEmpty:
            "the body is no JSON object"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            // Foundation does not tell these two apart, nor where the number is.
            "the body is no valid JSON, or a number in it is negative, broken or too large"
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            "the member \(path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            "the body is not what this endpoint takes"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
