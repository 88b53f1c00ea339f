import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// `populus task show`: what a file says, without its secrets.
struct TaskShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what a task's file says, without its secrets.",
        discussion: """
            Two files with the same fingerprint have the same task and the same collector's key. Two files with the \
            same check of a verification key have the same key; both aggregators need the same ones. Compare them over \
            a telephone or the like, not by the mail that brought the file.
            """)

    @Argument(help: "Any role's file.", completion: .json)
    var file: String

    func run() async throws {
        try await Self.reporting(as: "task show") {
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
}
