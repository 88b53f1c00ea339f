import ArgumentParser
import PopulusTaskFiles

/// `populus task tokens remove`: a token that lets nobody in any more.
struct TaskTokensRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes upload tokens: reports of clients that carry no other are refused.",
        discussion: """
            The last one is removed with --open only: without any the task takes reports from anybody. To change a token \
            that has leaked add a new one first.
            """)

    @Argument(help: "leader.json.", completion: .json)
    var file: String

    @Argument(help: "IDs of tokens, as `populus task tokens list` shows them.")
    var ids: [String]

    @Flag(help: "Remove the last one too: anybody may upload then.")
    var open = false

    func run() async throws {
        try await Self.reporting(as: "task tokens remove") {
            var isOpen = false
            try TaskTokensCommand.change(file) { tokens throws(CommandFailure) in
                let rest = try without(tokens)
                guard open || !rest.isEmpty else {
                    throw CommandFailure(
                        .data,
                        "\(file): without a token anybody may upload: add a new one first, with `populus task tokens add`, "
                            + "or give --open if that is meant")
                }
                isOpen = rest.isEmpty
                return rest
            }
            let rest = isOpen ? "; no token is left, and anybody may upload" : ""
            StandardStream.output.write(
                "removed \(ids.joined(separator: ", "))\(rest); \(TaskTokensCommand.nextStep)\n")
        }
    }

    /// The tokens that stay.
    private func without(_ tokens: [TaskFile.UploadToken]) throws(CommandFailure) -> [TaskFile.UploadToken] {
        if let unknown = ids.first(where: { id in !tokens.contains { $0.id == id } }) {
            let known = tokens.isEmpty ? "none" : tokens.map(\.id).joined(separator: ", ")
            throw CommandFailure(.data, "\(file): no upload token has the ID \(unknown); there are: \(known)")
        }
        return tokens.filter { !ids.contains($0.id) }
    }
}
