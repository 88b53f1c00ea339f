/// Why a command of the test API could not be carried out.
package enum InteropError: Error, Hashable, Sendable {
    /// The body is no request of the endpoint: no JSON, a member that is missing or of the wrong type. Status 400.
    case malformed(String)
    /// The request was understood, and cannot be carried out. Status 200, as the draft has it.
    case refused(String)

    package var message: String {
        switch self {
        case .malformed(let message), .refused(let message): message
        }
    }
}
