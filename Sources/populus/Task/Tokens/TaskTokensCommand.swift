import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// `populus task tokens`: who may upload to a task.
struct TaskTokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Says who may upload: anybody, or clients that carry a token.",
        discussion: """
            A task without upload tokens takes reports from anybody. With one or more, a client shows one of them. All \
            clients carry the same token, such as every copy of an app: it keeps strangers out, and does not tell clients \
            apart. Several are valid at once, so that it can be changed without an outage: add a new one, ship it to the \
            clients, remove the old one.

            leader.json has digests of the tokens only. The Leader reads it when it starts.
            """,
        subcommands: [TaskTokensAddCommand.self, TaskTokensListCommand.self, TaskTokensRemoveCommand.self])

    /// Reads a Leader's file, has its tokens changed, and writes it again.
    static func change(
        _ path: String, _ body: ([TaskFile.UploadToken]) throws(CommandFailure) -> [TaskFile.UploadToken]
    ) throws(CommandFailure) {
        let file = try read(path)
        let tokens = try body(file.uploadTokens)
        do throws(TaskFileError) {
            try file.with(uploadTokens: tokens)?.write(to: path, replacing: true)
        } catch {
            throw CommandFailure(error)
        }
    }

    static func read(_ path: String) throws(CommandFailure) -> TaskFile {
        do throws(TaskFileError) { return try TaskFile(readingFrom: path, as: .leader) } catch {
            throw CommandFailure(error)
        }
    }

    /// What has to be done for a change to take effect.
    static let nextStep = "start the Leader again if it is running, and each of its servers if there are several"
}

/// A token in one line, without what it is.
extension TaskFile.UploadToken {
    var words: String {
        // A file may be another's: a line feed in a name would make a line of its own.
        [id, added.map { "since \(Moment.text($0))" }, name.isEmpty ? nil : ForeignText.escaped(name)]
            .compactMap { $0 }.joined(separator: ", ")
    }
}
