import PopulusDAP

/// A request to a DAP server: what this module sends for a client, a Collector or a Leader.
package struct DAPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package let method: Method
    package let url: String
    /// The bearer token, if the resource asks for one.
    package let token: String?
    package let contentType: MediaType?
    package let body: [UInt8]
    /// Further fields, by name.
    package let fields: [String: String]

    package init(
        _ method: Method, _ url: String, token: String? = nil, contentType: MediaType? = nil, body: [UInt8] = [],
        fields: [String: String] = [:]
    ) {
        self.fields = fields
        self.method = method
        self.url = url
        self.token = token
        self.contentType = contentType
        self.body = body
    }
}
