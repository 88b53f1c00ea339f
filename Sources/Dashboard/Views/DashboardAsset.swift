/// A file that pages load from the dashboard itself.
package struct DashboardAsset: Hashable, Sendable {
    package let name: Name
    /// For the header `Content-Type`.
    package let mediaType: String
    package let text: String

    package enum Name: String, Hashable, Sendable, CaseIterable {
        case style = "style.css"
        case script = "script.js"
        case icon = "icon.svg"
    }

    init(_ name: Name, mediaType: String, text: String) {
        self.name = name
        self.mediaType = mediaType
        self.text = text
    }
}
