import Foundation
import KnownAnswers
import Testing

@Suite struct KnownAnswerTests {
    @Test func ownVectorsPass() throws {
        let files = try KnownAnswers.files(in: TestFolders.vectors)
        #expect(files.count >= 140)
        for file in files { #expect(KnownAnswers.check(file: "\(TestFolders.vectors)/\(file)") == .ok, "\(file)") }
    }

    @Test(.enabled(if: TestFolders.hasOfficial, "the official vectors are not here"))
    func officialVectorsPass() throws {
        var ran = 0
        for file in try KnownAnswers.files(in: TestFolders.official) {
            let outcome = KnownAnswers.check(file: "\(TestFolders.official)/\(file)")
            #expect(outcome == .ok, "\(file)")
            ran += 1
        }
        #expect(ran == 35)
    }

    @Test(.enabled(if: TestFolders.hasOfficial, "the official vectors are not here"))
    func ownVectorsEqualTheOfficialOnes() throws {
        var equal = 0
        for file in try KnownAnswers.files(in: TestFolders.vectors) {
            guard let official = FileManager.default.contents(atPath: "\(TestFolders.official)/\(file)") else {
                continue
            }
            #expect(FileManager.default.contents(atPath: "\(TestFolders.vectors)/\(file)") == official, "\(file)")
            equal += 1
        }
        #expect(equal == 35)
    }

    /// Every byte string of a vector matters: with one digit changed, the file fails.
    @Test func changedVectorsFail() throws {
        let digits = try Regex(#""([0-9a-f]{8,})""#)
        for file in [
            "vdaf/Poplar1_3.json", "IdpfBBCGGI21_0.json", "XofTurboShake128.json", "vdaf/Prio3Count_0.json",
            "vdaf/Prio3Histogram_0.json", "vdaf/Prio3SumVecWithMultiproof_1.json",
        ] {
            let text = try String(contentsOfFile: "\(TestFolders.vectors)/\(file)", encoding: .utf8)
            for match in text.matches(of: digits) {
                guard let value = match[1].range else { continue }
                var changed = text
                let last = changed.index(before: value.upperBound)
                changed.replaceSubrange(last...last, with: text[last] == "0" ? "1" : "0")
                let outcome = try check(changed, named: file.replacing("vdaf/", with: ""))
                #expect(outcome != .ok, "\(file) at \(text[value].prefix(20))")
            }
        }
    }

    @Test func unexpectedSuccessOrFailureFails() throws {
        for file in try KnownAnswers.files(in: TestFolders.vectors) where file.contains("_bad_") {
            let text = try String(contentsOfFile: "\(TestFolders.vectors)/\(file)", encoding: .utf8)
            let name = file.replacing("vdaf/", with: "")
            #expect(try check(text, named: name) == .ok)
            let succeeding = try check(text.replacing("\"success\": false", with: "\"success\": true"), named: name)
            guard case .failed(let reason) = succeeding, reason.contains("verificationFailed") else {
                Issue.record("\(file): \(succeeding)")
                continue
            }
            let failing = try check(text.replacing("\"success\": true", with: "\"success\": false"), named: name)
            guard case .failed(let reason) = failing, reason.contains("should fail") else {
                Issue.record("\(file): \(failing)")
                continue
            }
        }
    }

    @Test func whatIsNoVectorFailsOrIsSkipped() throws {
        let noise = ["", "{", "[]", "null", "{\"bits\": 4}", "{\"bits\": -1, \"alpha\": []}"]
        for text in noise {
            for name in [
                "Poplar1_x.json", "IdpfBBCGGI21_x.json", "XofTurboShake128.json", "XofFixedKeyAes128_1.json",
                "Prio3Count_x.json", "Prio3SumVec_x.json",
            ] {
                guard case .failed = try check(text, named: name) else {
                    Issue.record("\(name) with \(text) does not fail")
                    continue
                }
            }
            #expect(try check(text, named: "Prio4_0.json") == .skipped("no runner for Prio4_0"))
        }
        guard case .failed = KnownAnswers.check(file: "/nonexistent/Poplar1_0.json") else {
            Issue.record("a missing file does not fail")
            return
        }
    }

    private func check(_ text: String, named name: String) throws -> KnownAnswerOutcome {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return KnownAnswers.check(file: file.path)
    }
}
