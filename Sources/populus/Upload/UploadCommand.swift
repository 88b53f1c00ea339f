import ArgumentParser
import Client
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusTaskFiles

/// `populus upload`: one report a line.
struct UploadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Uploads one report for each line of a file.",
        usage: "populus upload --task <file> <file> [<options>]",
        discussion: """
            Each line is split into two secret shares that are sealed to the two aggregators. Neither learns the line. \
            A line is \(MeasurementForm.lines). Empty lines are skipped, and a byte order mark is no part of a line. \
            Lines that the task cannot take are named and left out; the exit code is then 1. With --unencodable other \
            each makes a report too, of a code word that stands for all of them. What is no text, such as a packed file \
            or UTF-16, is refused before anything is sent.

            With --value a line is a URL, and what is uploaded is the URL in one form or a part of it: small letters \
            where their case means nothing, no default port, no dot segments. Credentials, query and fragment are left \
            out unless they are asked for: they hold passwords, names, search words and tokens.

            A task that was made with --groups counts strings by group. --group says which group all lines are of, such as \
            a version. Results have every group by itself: a string is found in a group where that group alone has as many \
            reports with it as the threshold.

            Some tasks take reports only from clients that carry a token, which the Leader's operator gives out: \
            --upload-token-file names a file with it.

            A file is looked through first. A journal keeps track of what is acknowledged. After an interruption \
            --resume goes on, and no report counts twice. After the end the journal stays as a note: --resume then \
            uploads only what was added to the file, and without --resume all of it counts once more.

            A pipe has no journal. Its lines are sent after a second at the latest. When that is interrupted, what was \
            read is sent, and the command says how many lines are acknowledged.
            """)

    @Option(help: ArgumentHelp("The task's client.json.", valueName: "file"), completion: .json)
    var task: String

    @Argument(help: "A file with one measurement a line, or - for standard input.", completion: .file())
    var file: String

    @OptionGroup var input: InputOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tasks made with --groups: the group of all lines, such as a version or a system.", valueName: "text"))
    var group: String?

    @Option(
        help: ArgumentHelp(
            "Where the task's upload token is, if the Leader asks for one: a file with one line.", valueName: "file"),
        completion: .file())
    var uploadTokenFile: String?

    @OptionGroup var authorities: AuthorityOptions

    @OptionGroup(title: "URLs") var values: ValueOptions

    @Option(
        help: ArgumentHelp(
            """
            What becomes of a line that the task cannot take: skip leaves it out; other uploads a code word in its place, \
            so that the number of reports says nothing of the strings.
            """, valueName: "skip or other"))
    var unencodable: UnencodableLines = .skip

    @Flag(help: "Go on with an upload that was interrupted; with none, begin.")
    var resume = false

    @Flag(help: "Forget an upload that was interrupted. What was uploaded stays uploaded.")
    var abandon = false

    @Option(
        help: ArgumentHelp(
            "Where to keep the journal (default: beside the task file; none for a pipe).", valueName: "file"),
        completion: .json)
    var journal: String?

    @Flag(name: .shortAndLong, help: "Show nothing but errors.")
    var quiet = false

    func validate() throws {
        if resume && abandon { throw ValidationError("--resume and --abandon exclude each other") }
        if let group, group.isEmpty || group.utf8.contains(GroupedValue.separator) {
            throw ValidationError("--group is a text without tabs, such as 115.0 or linux, and not an empty one")
        }
    }

    func run() async throws {
        try await Self.reporting {
            let taskFile = try readTaskFile(task, as: .client)
            if abandon {
                try JournalSlot.find(search(taskFile), .abandon).abandon()
                StandardStream.output.write("forgotten: the next upload of this input begins at its first line\n")
                return
            }
            if !resume { try TaskTime(taskFile.configuration)?.checkUpload() }
            try await UploadSession(self, taskFile).run()
        }
    }

    /// What to look for among the journals.
    func search(_ taskFile: TaskFile) -> JournalSlot.Search {
        JournalSlot.Search(
            task: taskFile, taskPath: task, input: file, chosen: journal, separator: input.form.separator,
            lineOptions: lineOptions.joined(separator: " "))
    }

    /// The options that say what a line becomes.
    private var lineOptions: [String] {
        values.words + (group.map { ["--group", $0] } ?? [])
            + (unencodable == .skip ? [] : ["--unencodable", unencodable.rawValue])
    }

    func measurements(_ taskFile: TaskFile) throws -> MeasurementReader {
        let vdaf = taskFile.configuration.vdaf
        guard vdaf.stringBits != nil else {
            guard let option = lineOptions.first else { return try MeasurementReader(vdaf: vdaf, encoding: nil) }
            throw CommandFailure(.refused, "\(option) is for tasks of strings; this task is \(vdaf)")
        }
        let encoding = try encoding(of: taskFile)
        try checkGroup(encoding, bits: vdaf.stringBits ?? 0)
        let value = try values.lineValue()
        do throws(MeasurementError) {
            return try MeasurementReader(
                vdaf: vdaf, encoding: encoding, value: value, group: group.map { Array($0.utf8) },
                unencodable: unencodable)
        } catch .noOther {
            throw CommandFailure(
                .refused,
                "--unencodable other: the task's encoding (\(encoding.name)) has no code word for other strings; leave it "
                    + "out")
        }
    }

    /// Refuses a group that the task has no room for, or one that is missing.
    private func checkGroup(_ encoding: any StringEncoding, bits: Int) throws {
        guard encoding is GroupedEncoding else {
            guard group == nil else {
                throw CommandFailure(
                    .refused,
                    "--group is for tasks made with --groups; this task's encoding is \(encoding.name), and a task cannot be "
                        + "changed afterwards")
            }
            return
        }
        guard let group else {
            throw CommandFailure(
                .refused, "the task has groups (\(encoding.name)): give --group, such as --group 115.0")
        }
        guard !group.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw CommandFailure(
                .refused, "--group has a sign in it that cannot be seen: give letters, digits and other signs")
        }
        // The empty string is among the shortest.
        let shortest = GroupedValue(group: Array(group.utf8), string: [])
        do throws(StringEncodingError) { _ = try encoding.codeWord(of: shortest.bytes, bits: bits) } catch {
            throw CommandFailure(
                .refused,
                "--group has \(counted(group.utf8.count, "byte")) and leaves no room for a string: \(error)")
        }
    }

    /// The words of a command for the same task.
    func words(file: String, resume: Bool = false, input options: InputOptions? = nil) -> [String] {
        var words = ["populus", "upload", "--task", task]
        if let uploadTokenFile { words += ["--upload-token-file", uploadTokenFile] }
        words += authorities.words
        if let journal, resume { words += ["--journal", journal] }
        if let options { words += options.words + lineOptions + values.fileWords }
        if resume { words.append("--resume") }
        return words + [file]
    }
}
