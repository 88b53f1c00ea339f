import ArgumentParser
import PopulusTaskFiles

/// `populus task tokens list`: which tokens clients may show.
struct TaskTokensListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists a task's upload tokens, without what they are.",
        discussion: """
            A line has the token's ID, when it was added, and its name. The ID is the beginning of the token's SHA-256, so \
            that whoever has a token can tell which one it is: tr -d '\\n' <FILE | sha256sum
            """)

    @Argument(help: "leader.json.", completion: .json)
    var file: String

    func run() async throws {
        try await Self.reporting(as: "task tokens list") {
            let tokens = try TaskTokensCommand.read(file).uploadTokens
            guard !tokens.isEmpty else {
                StandardStream.error.write("none: anybody may upload\n")
                return
            }
            StandardStream.output.write(tokens.map { $0.words + "\n" }.joined())
        }
    }
}
