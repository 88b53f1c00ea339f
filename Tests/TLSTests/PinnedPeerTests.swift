import Foundation
import PopulusTLS
import Testing

/// Whose certificate is expected.
@Suite struct PinnedPeerTests {
    private static let digest = (0..<32).map { UInt8($0) }
    private static let digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test func formsAreRead() {
        #expect(PinnedPeer("Leader.Example") == .name("leader.example"))
        #expect(PinnedPeer("sha256:\(Self.digits)") == .key(Self.digest))
        #expect(PinnedPeer("SHA256:\(Self.digits.uppercased())") == .key(Self.digest))
        #expect("\(PinnedPeer.key(Self.digest))" == "sha256:\(Self.digits)")
    }

    @Test(
        arguments: [
            "", " ", "*.example", "leader example", ".example", "-leader", "sha256:", "sha256:00", "sha256:\(digits)0",
            "sha256:\(digits.dropLast())g", "a/b", "lëader.example", "sha1:00", String(repeating: "a", count: 254),
        ])
    func nothingElseIsOne(text: String) {
        #expect(PinnedPeer(text) == nil)
    }

    private static func certificate(
        _ names: [String], digest: [UInt8] = [1], begins: Int64 = 0, ends: Int64 = .max / 2
    ) -> PeerCertificate {
        PeerCertificate(names: names, keyDigest: digest, begins: begins, ends: ends)
    }

    @Test func oneNameAndNoOther() throws {
        let pinned = try #require(PinnedPeer("leader.example"))
        #expect(pinned.accepts(Self.certificate(["other.example", "leader.example"])))
        for names in [
            [], ["*.example"], ["leader.example."], ["leader.example\0.evil"], ["a.leader.example"], ["example"],
        ] {
            #expect(!pinned.accepts(Self.certificate(names)), "\(names)")
        }
    }

    /// The Kelvin sign is no "k", though Unicode's small letter of it is, and no "K", though it is canonically the same.
    @Test func namesAreBytes() {
        #expect(PeerCertificate.name(Array("LEADER.Example-1".utf8)) == "leader.example-1")
        for name in ["\u{212A}.example", "l\u{E9}ader.example", "\u{FF4B}.example"] {
            #expect(PeerCertificate.name(Array(name.utf8)) == nil && PinnedPeer(name) == nil, "\(name)")
        }
        #expect(PeerCertificate.name([0x6B, 0xFF]) == nil)
        #expect(!PinnedPeer.name("K.example").accepts(Self.certificate(["\u{212A}.example"])))
    }

    @Test func oneKeyAndNoOther() {
        let pinned = PinnedPeer.key(Self.digest)
        #expect(pinned.accepts(Self.certificate([], digest: Self.digest)))
        #expect(!pinned.accepts(Self.certificate([], digest: [])))
        #expect(!pinned.accepts(Self.certificate([], digest: Self.digest.reversed())))
    }

    /// A connection may last longer than its certificate.
    @Test func itsTimeCounts() {
        let (pinned, now) = (PinnedPeer.name("a"), Int64(Date().timeIntervalSince1970))
        #expect(pinned.accepts(Self.certificate(["a"], begins: now - 60, ends: now + 60)))
        #expect(!pinned.accepts(Self.certificate(["a"], begins: now - 120, ends: now - 60)))
        #expect(!pinned.accepts(Self.certificate(["a"], begins: now + 60, ends: now + 120)))
        #expect(!pinned.accepts(Self.certificate(["a"], begins: 5, ends: 1)))
    }
}
