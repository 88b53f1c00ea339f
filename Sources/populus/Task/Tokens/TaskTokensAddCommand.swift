import ArgumentParser
import Foundation
import PopulusDAP
import PopulusTaskFiles

/// `populus task tokens add`: one more token that clients may show.
struct TaskTokensAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Draws an upload token and writes it to standard output.",
        discussion: """
            The token alone goes to standard output, once: leader.json gets a digest, from which nobody makes the token. \
            Whoever uploads needs it, with --upload-token-file, or built into an app.

            The first token closes the task to everybody else as soon as the Leader is started again. So ship it to the \
            clients before: a Leader without tokens takes their reports all the same.
            """)

    @Argument(help: "leader.json.", completion: .json)
    var file: String

    @Option(help: ArgumentHelp("What it is for, for people, such as a release.", valueName: "text"))
    var name = ""

    func validate() throws {
        guard name.utf8.count <= 100, name == ForeignText.escaped(name), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name has at most 100 bytes in one line that can be seen, such as \"app 4.2\"")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task tokens add") {
            let now = UInt64(max(0, Date().timeIntervalSince1970))
            var drawn = TaskFile.UploadToken.draw(name: name, added: now)
            var isFirst = false
            try TaskTokensCommand.change(file) { tokens throws(CommandFailure) in
                guard tokens.count < TaskFile.UploadToken.most else {
                    throw CommandFailure(
                        .data,
                        "\(file): a task has at most \(TaskFile.UploadToken.most) upload tokens: remove old ones first, with "
                            + "`populus task tokens remove`")
                }
                while tokens.contains(where: { $0.id == drawn.kept.id }) {
                    drawn = TaskFile.UploadToken.draw(name: name, added: now)
                }
                isFirst = tokens.isEmpty
                return tokens + [drawn.kept]
            }
            let effect = isFirst ? "; it is the first, so that from then on reports without it are refused" : ""
            StandardStream.error.write(
                "added upload token \(drawn.kept.id); \(TaskTokensCommand.nextStep)\(effect)\n")
            try StandardStream.output.deliver(Array((drawn.token + "\n").utf8))
        }
    }
}
