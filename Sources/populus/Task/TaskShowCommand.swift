import AggregatorServer
import ArgumentParser
import Foundation
import PopulusDAP
import PopulusTaskFiles

/// `populus task show`: what a file says, or a running aggregator, without secrets.
struct TaskShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what a task's file says, or a running aggregator, without secrets.",
        usage: """
            populus task show <file>
            populus task show --admin <URL> --admin-token-file <file> <task ID>
            """,
        discussion: """
            Two files with the same fingerprint have the same task and the same collector's key. Two files with the \
            same check of a verification key have the same key; both aggregators need the same ones. Compare them over \
            a telephone or the like, not by the mail that brought the file.

            With --admin an aggregator is asked as its operator: how far the task's end has come, where it comes from, and \
            how far its work is.
            """)

    @Argument(help: "Any role's file; with --admin the task's ID.", completion: .json)
    var file: String

    @Option(
        help: ArgumentHelp(
            "The aggregator's own address, where it was started with --admin-listen, such as http://127.0.0.1:9101/.",
            valueName: "URL"),
        transform: Form.baseURL)
    var admin: AggregatorURL?

    @Option(
        help: ArgumentHelp(
            "The file with an admin token alone, as `populus admin tokens add` writes it.", valueName: "file"),
        completion: .file())
    var adminTokenFile: String?

    @OptionGroup var authorities: AuthorityOptions

    func validate() throws {
        guard (admin == nil) == (adminTokenFile == nil) else {
            throw ValidationError("--admin and --admin-token-file go together")
        }
        guard admin == nil || TaskID(base64URL: file) != nil else {
            throw ValidationError("with --admin give the task's ID, 43 characters as `populus task list` shows it")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task show") {
            if let admin, let adminTokenFile { return try await show(file, at: admin, adminTokenFile) }
            do {
                StandardStream.output.write(TaskSheet(file: try TaskFile(readingFrom: file)).text)
            } catch let error as TaskFileError {
                throw CommandFailure(error)
            }
            if TaskFile.isExposed(file) {
                StandardStream.error.write("warning: others can read \(file): chmod 600 \(ShellWord.quoted(file))\n")
            }
        }
    }

    private func show(_ task: String, at url: AggregatorURL, _ tokenFile: String) async throws(CommandFailure) {
        let client = try AdminClient(url, tokenFile: tokenFile, tls: try authorities.client())
        let details = try await client.used { client throws(CommandFailure) in
            try await client.ask(.get, "tasks/\(task)", as: TaskDetails.self)
        }
        StandardStream.output.write(
            SheetRows(columns: isatty(1) == 1 ? Terminal.columns : nil).text(of: details.rows))
    }
}
