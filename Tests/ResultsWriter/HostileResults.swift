import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import Results
import ResultsHarness

/// Walks whose strings, groups, hosts, folders and beginnings are texts that want to be more than text.
enum HostileResults {
    /// Each sets `ran` in a page that obeys it, or hides or turns what stands beside it.
    private static let texts: [[UInt8]] = [
        Array("<script>window.ran=1</script>".utf8),
        Array("\"><img src=x onerror=window.ran=2>".utf8),
        Array("' onmouseover='window.ran=3' autofocus onfocus='window.ran=4".utf8),
        Array("\"\u{301} autofocus onfocus=window.ran=5 x=\"\u{301}".utf8),
        Array("</title></textarea></style></script><svg onload=window.ran=6>".utf8),
        Array("javascript:window.ran=7".utf8),
        Array("<!--{{csrf}}{{{csrf}}}{{>frame}}-->".utf8),
        Array("<meta http-equiv=refresh content=\"0;url=https://evil.example/\">".utf8),
        Array("<form action=https://evil.example/><button>Log in</button>".utf8),
        Array("\u{202e}moc.elgoog//:sptth\u{2066}\u{200f}\u{feff}\u{2028}\u{2029}\u{ad}".utf8),
        Array("=HYPERLINK(\"https://evil.example/\",\"click\")".utf8),
        [0, 7, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x0d, 0x0a, 0x7f, 0xc2, 0x85],
        [0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80],
        Array("e".utf8) + Array(repeating: [0xcc, 0x81], count: 400).joined(),
        Array(repeating: UInt8(ascii: "W"), count: 6000),
        [],
    ]

    /// - Throws: where the file cannot be written.
    static func record(to path: String) throws {
        let task = try Sample.task(
            Sample.fixedTask, encoding: "group-1+bytes", bits: 65_535,
            leader: "https://leader.example/<img src=x onerror=window.ran=8>")
        let store = try ResultsStore(path: path, for: .recording)
        for day in [1, 2] as [UInt64] {
            let noise = day == 2 ? Sample.noise : nil
            let record = Sample.walk(
                task, day: day, strings(day), votes: 100, margin: noise == nil ? 0 : 7, noise: noise,
                unfinished: 2, beginnings: texts, threshold: "<b>100</b>",
                rejections: [RejectedReports(party: .helper, reason: .vdafVerifyError, count: 3)])
            try store.record(record, of: task)
        }
        try store.close()
    }

    /// Each text as a group, as a string, as a host and as a folder.
    private static func strings(_ day: UInt64) -> [PopularString] {
        var strings: [PopularString] = []
        for (index, text) in texts.enumerated() {
            let short = Array(text.prefix(200))
            let values: [[UInt8]] = [
                text, Array("https://".utf8) + short + Array("/a/b".utf8),
                Array("https://example.org/".utf8) + short + Array("/c".utf8),
            ]
            for (place, value) in values.enumerated() {
                // In the second walk some are new, gone, risen or fallen.
                guard (index + place) % 5 != Int(day) else { continue }
                let count = Int64(400 - 5 * index - place + (day == 2 ? 60 * (index % 3 - 1) : 0))
                strings.append(PopularString(value: GroupedValue(group: short, string: value).bytes, count: count))
            }
        }
        return strings
    }
}
