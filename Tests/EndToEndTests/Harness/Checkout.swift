import Foundation

/// Where the files are that these tests use: the executable of this very build, the tools, the shared data.
enum Checkout {
    /// The top folder of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The `populus` that was built together with these tests.
    static let populus = product("populus")

    /// An executable that was built together with these tests: it lies beside the test bundle.
    static func product(_ name: String) -> URL {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: test).deletingLastPathComponent().appending(path: name)
    }

    /// The folder that everything was built in: `.build`.
    static let scratch = populus.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A script under Tools/.
    static func tool(_ name: String) -> URL { root.appending(path: "Tools/\(name)") }

    /// A file of real data that lies beside the repository, where there is one.
    static func shared(_ name: String) -> URL { root.appending(path: "../shared/data/\(name)").standardized }

    /// Whether a file of real data is there.
    static func hasShared(_ name: String) -> Bool { FileManager.default.isReadableFile(atPath: shared(name).path) }
}

/// What went wrong around a test, in words.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
