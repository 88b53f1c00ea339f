import PopulusDurableFiles

/// How many reports were accepted in the present window, on the disk so that a restart forgets none.
///
/// Windows begin at multiples of their length, counted from the Epoch. A clock that is set back begins no window again:
/// the count goes on until the clock is past the window that it was in. Only where the clock was more than a week ahead
/// nobody waits for that time to come.
struct ReportWindow {
    private let path: String
    private let seconds: UInt64
    private var number: UInt64 = 0
    private(set) var count: UInt64 = 0

    /// The window that the folder's file says, which is none where there is no file, or one of another length.
    init(folder: String, seconds: UInt64) throws(DurableFileError) {
        path = folder + "/window"
        self.seconds = seconds
        guard let bytes = try DurableFile.read(path, limit: 200) else { return }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 3, UInt64(words[0]) == seconds, let number = UInt64(words[1]),
            let count = UInt64(words[2])
        else { return }
        self.number = number
        self.count = count
    }

    /// Goes on to the window of a time, in seconds since the Epoch.
    mutating func move(to time: UInt64) {
        let current = time / seconds
        if current > number {
            number = current
            count = 0
        } else if number - current > max(1, Self.week / seconds) {
            number = current
            // Where this fails, the next call does it again.
            _ = try? DurableFile.write(text(count), to: path, durable: true)
        }
    }

    /// In seconds.
    private static let week: UInt64 = 604_800

    private func text(_ count: UInt64) -> [UInt8] { Array("\(seconds) \(number) \(count)\n".utf8) }

    /// Counts a report, and waits until the disk has the count.
    ///
    /// - Parameter exactly: whether every report must be on the disk, or only that there was one.
    mutating func countOne(exactly: Bool) throws(DurableFileError) {
        if exactly || count == 0 {
            try DurableFile.write(text(count + 1), to: path, durable: true)
        }
        count += 1
    }
}
