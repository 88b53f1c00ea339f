import Foundation
import NIOSSL
import PopulusTLS
import TLSHarness
import Testing

/// Files of certificates and keys: which are refused, and what becomes of new ones.
@Suite struct FileTests {
    private static func files(_ issued: TestAuthority.Issued) -> CredentialFiles {
        CredentialFiles(certificate: issued.certificate, key: issued.key)
    }

    private static func copy(_ from: String, to path: String) throws {
        try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    @Test func aCertificateSaysWhoseItIs() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let issued = try authority.issue("one", names: ["DNS:Leader.example", "DNS:other.example", "IP:127.0.0.1"])
            let tls = try ServerTLS(Self.files(issued))
            #expect(tls.facts.names == ["leader.example", "other.example"])
            #expect(tls.facts.fault(at: Date()) == nil && tls.warning(at: Date()) == nil)
            #expect(tls.facts.fault(at: Date(timeIntervalSince1970: 0)) == "is of no use before 2020-01-01T00:00:00Z")
            #expect(
                tls.warning(at: Date(timeIntervalSince1970: 4_733_510_400 - 86_400))
                    == "expires at 2120-01-01T00:00:00Z")
            #expect(tls.facts.fault(at: Date(timeIntervalSince1970: 5e9)) == "has expired at 2120-01-01T00:00:00Z")
            #expect(PinnedPeer(tls.facts.key) != nil)
        }
    }

    /// A server starts with an old certificate and says so: it waits for the new one.
    @Test func anOldCertificateIsTakenAtTheStartAlone() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let (old, good) = (try authority.issue("old", hasExpired: true), try authority.issue("good"))
            let tls = try ServerTLS(Self.files(old))
            #expect(tls.warning(at: Date()) == "has expired at 2020-02-01T00:00:00Z")

            let certificate = good.certificate
            let other = try ServerTLS(Self.files(good))
            try Self.copy(old.certificate, to: certificate)
            try Self.copy(old.key, to: good.key)
            #expect(
                other.reload(waits: false)
                    == .refused(.outOfTime(certificate, reason: "has expired at 2020-02-01T00:00:00Z")))
            #expect(other.warning(at: Date()) == nil)
        }
    }

    @Test func whatCannotBeUsedIsNamed() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let (one, two) = (try authority.issue("one"), try authority.issue("two"))
            let missing = folder.appending(path: "missing.pem").path
            func refusal(_ certificate: String, _ key: String) -> TLSFileError? {
                do throws(TLSFileError) {
                    _ = try ServerTLS(CredentialFiles(certificate: certificate, key: key))
                    return nil
                } catch { return error }
            }
            #expect(refusal(one.certificate, one.key) == nil)
            #expect(refusal(missing, one.key) == .missing(missing))
            #expect(refusal(one.certificate, missing) == .missing(missing))
            #expect(refusal(one.key, one.key) == .noCertificate(one.key))
            #expect(refusal(one.certificate, two.certificate) == .exposedKey(two.certificate))
            #expect(refusal(one.certificate, two.key) == .otherKey(two.key, certificate: one.certificate))

            let locked = folder.appending(path: "locked.key").path
            try Data("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".utf8)
                .write(to: URL(filePath: locked))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: locked)
            #expect(refusal(one.certificate, locked) == .lockedKey(locked))

            for (mode, isTaken) in [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o660, false)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: one.key)
                #expect(
                    refusal(one.certificate, one.key) == (isTaken ? nil : .exposedKey(one.key)), "\(mode)")
            }
            #expect("\(TLSFileError.exposedKey(one.key))".contains("chmod 600"))
        }
    }

    /// Two files are not written at once: what is found once is not believed.
    @Test func newFilesAreTakenWhenTheyStayTheSame() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let (one, two) = (try authority.issue("one"), try authority.issue("two", names: ["DNS:two.example"]))
            let tls = try ServerTLS(Self.files(one))
            let context = tls.context
            #expect(tls.reload(waits: true) == nil && tls.reload(waits: false) == nil)

            try Self.copy(two.certificate, to: one.certificate)
            #expect(tls.reload(waits: true) == nil)
            try Self.copy(two.key, to: one.key)
            #expect(tls.reload(waits: true) == nil)
            #expect(tls.context === context)
            guard case .taken(let words) = tls.reload(waits: true) else {
                Issue.record("the new files are not taken")
                return
            }
            #expect(words.contains("two.example") && tls.facts.names == ["two.example"])
            #expect(tls.context !== context)
            #expect(tls.reload(waits: true) == nil)
        }
    }

    /// The old certificate stays, and it is said once what is wrong with the new one.
    @Test func brokenFilesChangeNothing() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let (one, two) = (try authority.issue("one"), try authority.issue("two"))
            let tls = try ServerTLS(Self.files(one))
            let (context, good) = (tls.context, try Data(contentsOf: URL(filePath: one.certificate)))
            let refusal = TLSReload.refused(.otherKey(one.key, certificate: one.certificate))

            try Self.copy(two.certificate, to: one.certificate)
            #expect(tls.reload(waits: true) == nil)
            #expect(tls.reload(waits: true) == refusal)
            #expect(tls.reload(waits: true) == nil && tls.reload(waits: true) == nil)
            // Who asks is told again.
            #expect(tls.reload(waits: false) == refusal)
            try FileManager.default.removeItem(atPath: one.certificate)
            #expect(tls.reload(waits: false) == .refused(.missing(one.certificate)))
            #expect(tls.context === context)

            // The old content again is nothing new, and the next change is noticed.
            try good.write(to: URL(filePath: one.certificate))
            #expect(tls.reload(waits: true) == nil && tls.context === context)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: one.key)
            #expect(tls.reload(waits: false) == .refused(.exposedKey(one.key)))
            #expect(tls.context === context)
        }
    }

    @Test func authoritiesAreReadAgainToo() async throws {
        try await withFolder { folder in
            let (one, two) = (try TestAuthority("one", in: folder), try TestAuthority("two", in: folder))
            let tls = try ClientTLS(authorities: one.certificate)
            #expect(tls.configuration.trustRoots == .certificates(try NIOSSLCertificate.fromPEMFile(one.certificate)))
            try Self.copy(two.certificate, to: one.certificate)
            #expect(tls.reload(waits: false) == .taken("authorities"))
            #expect(tls.configuration.trustRoots == .certificates(try NIOSSLCertificate.fromPEMFile(two.certificate)))
            try Data("nothing".utf8).write(to: URL(filePath: one.certificate))
            #expect(tls.reload(waits: false) == .refused(.noCertificate(one.certificate)))
            #expect(tls.configuration.trustRoots == .certificates(try NIOSSLCertificate.fromPEMFile(two.certificate)))
            #expect(tls.configuration.minimumTLSVersion == .tlsv12)
        }
    }
}
