import Foundation
import NIOHTTP1
import PopulusDAP

/// A server's answer to a request, whatever its status.
package struct DAPAnswer: Sendable {
    package let status: Int
    package let contentType: MediaType?
    package let location: String?
    /// How long to wait before asking again, if the server says so.
    package let retryAfter: Duration?
    /// Seconds for which the answer may be used again; nil if the server says nothing of it.
    package let freshFor: Double?
    package internal(set) var body: [UInt8]
    /// How long the server took, in seconds.
    package internal(set) var seconds: Double = 0
    /// How often the request was sent.
    package internal(set) var attempts = 1
    /// The words beside the status, which are the other side's.
    package let phrase: String
    private let fields: HTTPHeaders

    package init(status: Int, phrase: String = "", fields: HTTPHeaders, body: [UInt8] = [], now: Date = Date()) {
        self.status = status
        self.phrase = ForeignText.escaped(phrase)
        self.fields = fields
        self.body = body
        contentType = fields.first(name: "content-type").flatMap(MediaType.init)
        location = fields.first(name: "location")
        retryAfter = RetryAfter.pause(fields.first(name: "retry-after"), now: now)
        let cacheControl = fields["cache-control"]
        freshFor = HeaderFields.freshFor(
            cacheControl: cacheControl.isEmpty ? nil : cacheControl.joined(separator: ","),
            age: fields.first(name: "age"))
    }

    package init(status: Int, contentType: MediaType?, body: [UInt8] = []) {
        self.init(
            status: status, fields: contentType.map { ["content-type": $0.description] } ?? [:], body: body)
    }

    /// The first field of a name, in whichever case.
    package func field(_ name: String) -> String? { fields.first(name: name) }

    /// Whether the body is said to be of this type.
    package func has(_ type: MediaType) -> Bool { contentType.map { type.matches($0) } ?? false }

    /// Whether it is a page for people, which nobody answers who speaks the protocol.
    package var isWebPage: Bool { has(.webPage) }
}
