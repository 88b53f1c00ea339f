import Client
import Foundation
import PopulusCollector
import PopulusStringCodec
import PopulusTaskFiles

/// The strings that `--dictionary` knows: a file of lines, read as `upload` reads them.
///
/// It is looked through before anything is asked, and searched when the result is there. A pipe is read at once, and kept.
struct DictionaryFile {
    private let input: InputFile
    private let form: InputForm
    private let value: LineValue
    private let encoding: any StringEncoding
    private let bits: Int
    /// Where the lines of a file begin.
    private let start: off_t
    /// The lines of what can be read once only.
    private let lines: [[UInt8]?]?
    /// The words of the same command, for what is no text.
    private let words: [String]

    /// Nil where none is given.
    ///
    /// - Throws: what is wrong with it, or with a task whose values are no hashes.
    init?(_ command: DiscoverCommand, _ task: TaskFile) throws(CommandFailure) {
        guard let path = command.dictionary else { return nil }
        guard let name = task.encoding, let bits = task.configuration.vdaf.stringBits,
            let whole = StringEncodings.encoding(named: name, taskID: task.taskID.bytes),
            let encoding = StringEncodings.hashes(of: whole)
        else {
            throw CommandFailure(
                .refused,
                "--dictionary is for tasks whose strings are hashes (--encoding hash); this one's encoding is "
                    + (task.encoding ?? "none"))
        }
        (self.encoding, self.bits) = (encoding, StringEncodings.hashBits(of: whole, bits: bits))
        value = try command.values.lineValue()
        form = command.input.form
        words = command.again ? command.againWords(dictionary: "-") : command.words(dictionary: "-")
        input = try InputFile(path)
        if input.isRegular {
            let survey = try input.survey(form, command: words)
            guard survey.bytes > 0 else { throw Self.isEmpty(input) }
            start = lseek(input.handle.fileDescriptor, 0, SEEK_CUR)
            lines = nil
        } else {
            start = 0
            var kept: [[UInt8]?] = []
            try Self.read(input, form, words) { kept.append($0) }
            guard kept.contains(where: { $0 != nil }) else { throw Self.isEmpty(input) }
            lines = kept
        }
    }

    /// A list that came out empty, of a pipe that failed for example, is better known before a walk than after it.
    private static func isEmpty(_ input: InputFile) -> CommandFailure {
        CommandFailure(.data, "\(input.name) has no string; without --dictionary hashes stand in hexadecimal digits")
    }

    /// The known strings of a result's hashes.
    ///
    /// - Parameter grouped: whether each value has a group before its hash.
    func names(of strings: [PopularString], grouped: Bool) throws(CommandFailure) -> HashNames {
        let hashes = strings.map { grouped ? GroupedValue($0.value)?.string ?? $0.value : $0.value }
        var lookup = HashLookup(hashes, encoding: encoding, bits: bits)
        if let lines {
            for line in lines { look(at: line, &lookup) }
        } else {
            lseek(input.handle.fileDescriptor, start, SEEK_SET)
            try Self.read(input, form, words) { look(at: $0, &lookup) }
        }
        return lookup.names()
    }

    /// A line that stands for no string is that of no client either.
    private func look(at line: [UInt8]?, _ lookup: inout HashLookup) {
        if let line, let string = try? value.string(of: line) {
            lookup.look(at: string)
        } else {
            lookup.leaveOut()
        }
    }

    /// Every line of which an upload would make a report, and nil for each that it would leave out; not the empty ones.
    private static func read(
        _ input: InputFile, _ form: InputForm, _ words: [String], take: ([UInt8]?) -> Void
    ) throws(CommandFailure) {
        do throws(InputError) {
            var reader = LineReader(input.handle, form: form)
            if !input.isRegular, let what = try reader.look() { throw .noText(what) }
            while let line = try reader.next() {
                guard line.length > 0 else { continue }
                take(line.length <= LineReader.longestLine && line.fault == nil ? line.bytes : nil)
            }
        } catch {
            throw input.failure(error, command: words)
        }
    }
}
