import Client
import Foundation
import PopulusDurableFiles

/// What is said besides.
extension UploadSession {
    /// How to go on with a file.
    var resumption: String {
        let words = command.words(file: command.file, resume: true, input: command.input)
        return "go on without a report counting twice: " + words.map(ShellWord.quoted).joined(separator: " ")
    }

    /// How far a pipe has come, and how to go on by hand.
    func pipeState(_ settled: UploadJournal.Progress, _ source: UploadSource) -> String {
        let (done, read) = (settled.lines, source.linesRead)
        let whole = "\(counted(done, "line")) acknowledged (\(counted(settled.tally.accepted, "report")) uploaded)"
        guard read > done else { return "\(whole), all that were read; there is nothing to resume" }
        let words = command.words(file: "-", input: command.input).map(ShellWord.quoted).joined(separator: " ")
        let tail = command.input.nul ? "tail -z -n" : "tail -n"
        return
            "\(whole); lines \(done + 1) to \(read) were under way and may count already, and none after them was "
            + "sent\na pipe has no journal; to go on: … | \(tail) +\(done + 1) | \(words)"
    }

    func sayEmpty() {
        display.line("\(input.name) is empty: nothing was uploaded")
    }

    func sayNothingToResume(_ note: UploadJournal) {
        guard !command.quiet else { return }
        StandardStream.output.write("nothing to resume: \(Self.words(note, input)) was uploaded \(Self.when(note))\n")
    }

    func sayEarlier(_ note: UploadJournal, isSame: Bool, goesOn: Bool) {
        if goesOn {
            display.line("\(Self.words(note, input)) was uploaded \(Self.when(note)): going on after that")
        } else if command.resume {
            display.line(
                "\(input.name) is another input than the one of that name that was uploaded \(Self.when(note)): "
                    + "beginning at its first line")
        } else if isSame {
            display.line("this very input was uploaded already, \(Self.when(note)): its lines count once more now")
        }
    }

    private static func words(_ note: UploadJournal, _ input: InputFile) -> String {
        "\(input.name) with its \(counted(note.settled.lines, "line"))"
    }

    private static func when(_ note: UploadJournal) -> String {
        "on \(Moment.text(note.finished ?? 0)) (\(counted(note.settled.tally.accepted, "report")))"
    }

    /// Whether the file was the same all the time, or had lines added; says what was not.
    func checkInput(_ settled: UploadJournal.Progress) throws -> Bool {
        guard let survey else { return true }
        let end = lseek(input.handle.fileDescriptor, 0, SEEK_CUR)
        let hasGrown = FileStatus(descriptor: input.handle.fileDescriptor).map { $0.size > end } ?? false
        if settled.bytes == survey.bytes ? settled.digest == survey.digest : hasGrown {
            if hasGrown {
                let words = command.words(file: command.file, resume: true, input: command.input)
                display.line(
                    "\(input.name) has grown meanwhile; what was added is uploaded by: "
                        + words.map(ShellWord.quoted).joined(separator: " "))
            }
            return true
        }
        display.error(
            "\(input.name) was changed while it was uploaded: some reports may be of lines that are no longer in it, "
                + "and some lines may have none")
        return false
    }
}
