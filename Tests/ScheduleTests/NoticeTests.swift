import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import Results
import ResultsHarness
import Schedule
import Testing

/// What a notice holds, how it is signed, and where it may go.
@Suite struct NoticeTests {
    private static let batch = ResultFacts.Span(start: 86_400, end: 172_800)

    private static func notice(_ task: KeptTask, _ values: [(String, Int64)]) throws -> Notice {
        let before = try KeptWalk(Sample.walk(task, day: 1, [Sample.string("old", 500)]), of: task)
        let now = try KeptWalk(Sample.walk(task, day: 2, values.map { Sample.string($0.0, $0.1) }), of: task)
        let rules = ["new-over=0"].compactMap { NoticeRule($0) }
        var notice = Notice(.walk, task: task.id, batch: batch, time: 172_900)
        (notice.walk, notice.comparedWith) = (now.head.walk, before.head.walk)
        (notice.reports, notice.strings) = (now.head.reports, now.head.stringCount)
        notice.findings = RuleBook(rules).findings(of: now, after: before, usual: nil)
        return notice
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func noValueUnlessItIsWanted() throws {
        let notice = try Self.notice(try Sample.task(), [("secret.example/\u{1b}[2J\n", 700), ("old", 500)])
        let bare = notice.json(values: false)
        #expect(!bare.contains("secret") && !bare.contains("700") && !bare.contains("\n"))
        let object = try Self.object(bare)
        #expect(object["format"] as? String == "populus-notice/1" && object["kind"] as? String == "walk")
        #expect(object["reports"] as? Int == 100_000 && object["strings"] as? Int == 2)
        let finding = try #require((object["findings"] as? [[String: Any]])?.first)
        #expect(finding["rule"] as? String == "new-over=0" && finding["strings"] as? Int == 1)
        #expect(finding["values"] == nil)

        let told = notice.json(values: true)
        #expect(!told.contains("\u{1b}") && !told.contains("\n"))
        let values = try #require(
            ((try Self.object(told)["findings"] as? [[String: Any]])?.first)?["values"] as? [[String: Any]])
        let value = try #require(values.first)
        #expect(value["count"] as? Int == 700 && value["earlier"] == nil)
        let bytes = try #require((value["bytes"] as? String).flatMap { Data(base64Encoded: $0) })
        #expect(String(decoding: bytes, as: UTF8.self) == "secret.example/\u{1b}[2J\n")
    }

    /// A group stands apart from its string, also where both are hostile; without values neither is told.
    @Test func aGroupStandsBeforeItsString() throws {
        func value(_ group: String, _ string: String) -> String {
            String(
                decoding: GroupedValue(group: Array(group.utf8), string: Array(string.utf8)).bytes, as: UTF8.self)
        }
        let task = try Sample.task(encoding: "group-1+bytes")
        var notice = try Self.notice(task, [(value("115", "old"), 700), (value("=1\u{1b}[2J\"", "a\tb"), 600)])
        notice.isGrouped = task.isGrouped
        let finding = try #require((try Self.object(notice.json(values: true))["findings"] as? [[String: Any]])?.first)
        let values = try #require(finding["values"] as? [[String: Any]])
        #expect(values.map { $0["group"] as? String } == ["115", #"=1\x1b[2J""#])
        #expect(values.map { $0["value"] as? String } == ["old", #"a\x09b"#])
        #expect(values.map { $0["bytes"] as? String } == [nil, Data("a\tb".utf8).base64EncodedString()])
        #expect(!notice.json(values: false).contains("115"))
    }

    @Test func aNoticeHasABoundedLength() throws {
        let long = String(repeating: "\u{1}", count: Notice.longestValue + 1)
        let many = (0..<200).map { ("\($0)" + String(repeating: "\u{1}", count: 2_000), Int64(300 + $0)) }
        let notice = try Self.notice(try Sample.task(), many + [(long, 900)])
        let text = notice.json(values: true)
        #expect(text.utf8.count < 1 << 18)
        let finding = try #require((try Self.object(text)["findings"] as? [[String: Any]])?.first)
        #expect(finding["strings"] as? Int == 201)
        let values = try #require(finding["values"] as? [[String: Any]])
        #expect(values.count == Notice.mostValues)
        #expect(values.first?["value"] == nil && values.first?["count"] as? Int == 900)
    }

    @Test func theSameNoticeHasTheSameID() throws {
        let task = try Sample.task()
        var notice = Notice(.leaderAway, task: task.id, time: 5)
        notice.since = 5
        var later = Notice(.leaderAway, task: task.id, time: 99)
        later.since = 5
        #expect(notice.id == later.id)
        later.since = 6
        #expect(notice.id != later.id)
        let ids = [
            Notice(.failed, task: task.id, batch: Self.batch, time: 1).id,
            Notice(.tooFewReports, task: task.id, batch: Self.batch, time: 1).id,
            Notice(.failed, task: task.id, batch: .init(start: 0, end: 86_400), time: 1).id,
            Notice(.failed, task: Sample.fixedTask, batch: Self.batch, time: 1).id,
        ]
        #expect(Set(ids).count == ids.count)
    }

    /// The example of the Standard Webhooks specification.
    @Test func theSignatureIsThatOfTheSpecification() throws {
        let key = try #require(NoticeKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"))
        let fields = key.fields(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(
            fields == [
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
    }

    /// While a key is changed there are two, and a signature of each.
    @Test func everyKeySigns() throws {
        let keys = [1, 2].map { Data(repeating: $0, count: 32).base64EncodedString() }
        func signature(_ text: String) throws -> String? {
            try #require(NoticeKey(text)).fields(id: "a", time: 1, body: [])["webhook-signature"]
        }
        let both = try signature("\n\(keys[0])\r\nwhsec_\(keys[1])\n\n")
        #expect(both == "\(try signature(keys[0]) ?? "") \(try signature(keys[1]) ?? "")")
        // One line that is no key is a mistake, and so are too many.
        #expect(NoticeKey("\(keys[0])\nnone") == nil)
        #expect(NoticeKey(Array(repeating: keys[0], count: NoticeKey.most + 1).joined(separator: "\n")) == nil)
    }

    @Test func aKeyHasItsLength() {
        func key(_ count: Int) -> NoticeKey? { NoticeKey(Data(repeating: 1, count: count).base64EncodedString()) }
        #expect(key(23) == nil && key(24) != nil && key(64) != nil && key(65) == nil)
        #expect(NoticeKey("") == nil && NoticeKey("not base64 at all, and rather long all the same") == nil)
    }

    @Test(
        arguments: [
            "https://hooks.example/a?token=1", "https://10.0.0.1:8443/", "http://127.0.0.1:80/x", "http://localhost:9",
            "http://[::1]:9/x", "http://127.1.2.3/", "HTTPS://hooks.example",
        ])
    func whereNoticesMayGo(url: String) throws {
        let address = try NoticeAddress(url)
        #expect(address.url == url && !address.shown.contains("token"))
    }

    @Test(
        arguments: [
            ("http://hooks.example/", .unencrypted), ("http://127.0.0.1.example/", .unencrypted),
            ("http://127.1/", .unencrypted), ("http://0.0.0.0/", .unencrypted),
            ("http://localhost.example/", .unencrypted),
            ("https://me:word@hooks.example/", .namesUser), ("https://me@hooks.example/", .namesUser),
            ("ftp://hooks.example/", .malformed), ("https://", .malformed), ("hooks.example", .malformed),
            ("", .malformed),
            ("https://hooks.example/#part", .malformed), ("https://hooks.example/\n", .malformed),
            ("file:///etc/passwd", .malformed), ("unix:///run/socket", .malformed),
        ] as [(String, NoticeAddressError)])
    func whereTheyMayNot(url: String, error: NoticeAddressError) {
        #expect(throws: error) { try NoticeAddress(url) }
    }
}
