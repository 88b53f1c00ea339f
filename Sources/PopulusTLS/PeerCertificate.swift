import Crypto
import Foundation
import NIOSSL

/// What a client has proved in a handshake: that it has the key of this certificate, which an authority has signed.
package struct PeerCertificate: Hashable, Sendable {
    /// The names of hosts in it, in small letters; a wildcard as it stands.
    package let names: [String]
    /// SHA-256 of its public key as SubjectPublicKeyInfo.
    package let keyDigest: [UInt8]
    /// From when on it is of use, in seconds since the Epoch.
    package let begins: Int64
    /// Until when, in seconds since the Epoch.
    package let ends: Int64

    package init(names: [String], keyDigest: [UInt8], begins: Int64, ends: Int64) {
        (self.names, self.keyDigest, self.begins, self.ends) = (names, keyDigest, begins, ends)
    }

    /// What is known of a certificate that a handshake has proved.
    ///
    /// Spec: RFC 5280 §4.2.1.6
    package init(_ certificate: NIOSSLCertificate) {
        names = certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }
            .compactMap { Self.name(Array($0.contents)) }
        // A certificate whose key cannot be taken out has no digest that anybody expects.
        keyDigest = (try? certificate.extractPublicKey().toSPKIBytes()).map { Array(SHA256.hash(data: $0)) } ?? []
        (begins, ends) = (Int64(certificate.notValidBefore), Int64(certificate.notValidAfter))
    }

    /// A host's name in small letters; nothing for what is not ASCII, which names no host.
    ///
    /// Bytes, not Unicode's letters: some others than "K" have "k" as their small one.
    ///
    /// Spec: RFC 5280 §4.2.1.6
    package static func name(_ contents: [UInt8]) -> String? {
        guard contents.allSatisfy({ $0 < 0x80 }) else { return nil }
        return String(decoding: contents.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Whether it is of use now: a connection may last longer than its certificate.
    package func isCurrent(at time: Date = Date()) -> Bool {
        begins...max(begins, ends) ~= Int64(time.timeIntervalSince1970)
    }
}

/// Whose certificate is expected: one of a name, or of a key.
package enum PinnedPeer: Hashable, Sendable {
    /// A host's name, in small letters, that must be among those of the certificate; no wildcard stands for it.
    case name(String)
    /// SHA-256 of the public key as SubjectPublicKeyInfo, 32 bytes.
    case key([UInt8])

    private static let keyMark = "sha256:"

    /// Reads a host's name, or `sha256:` and 64 hexadecimal digits.
    ///
    /// - Returns: nil for anything else.
    package init?(_ text: String) {
        guard let text = PeerCertificate.name(Array(text.utf8)) else { return nil }
        guard text.hasPrefix(Self.keyMark) else {
            guard Self.isName(text) else { return nil }
            self = .name(text)
            return
        }
        let digits = Array(text.dropFirst(Self.keyMark.count).utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self = .key(bytes)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 254 && text.first != "." && text.first != "-"
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    /// Whether a certificate is the expected one, and of use now.
    package func accepts(_ certificate: PeerCertificate) -> Bool {
        guard certificate.isCurrent() else { return false }
        return switch self {
        case .name(let name): certificate.names.contains { $0.utf8.elementsEqual(name.utf8) }
        case .key(let digest): certificate.keyDigest == digest
        }
    }
}

extension PinnedPeer: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name(let name): return name
        case .key(let digest):
            let digits = digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            return Self.keyMark + digits.joined()
        }
    }
}
