import AggregatorServer
import ArgumentParser

/// Whose pages may upload and fetch keys from within a browser.
struct OriginOptions: ParsableArguments {
    /// One value of the option.
    enum Value: Sendable {
        case origin(WebOrigin)
        case every
    }

    @Option(
        help: ArgumentHelp(
            """
            Let web pages of this origin upload and fetch keys, such as https://app.example; '*' for pages of every origin. \
            May be given again for further ones. (default: none)
            """, valueName: "origin"),
        transform: Self.value)
    var allowOrigin: [Value] = []

    func validate() throws {
        let isEvery = allowOrigin.contains { if case .every = $0 { true } else { false } }
        guard isEvery, allowOrigin.count > 1 else { return }
        throw ValidationError("--allow-origin '*' is for pages of every origin: leave the others out, or leave it out")
    }

    var allowed: AllowedOrigins {
        var origins: [WebOrigin] = []
        for value in allowOrigin {
            guard case .origin(let origin) = value else { return .every }
            origins.append(origin)
        }
        return AllowedOrigins(origins)
    }

    private static func value(_ text: String) throws -> Value {
        if text == "*" { return .every }
        do throws(WebOriginError) { return .origin(try WebOrigin(text)) } catch {
            throw ValidationError(error.description)
        }
    }
}
