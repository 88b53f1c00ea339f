/// Why there are no pages.
package enum PagesError: Error, Hashable, Sendable {
    /// A template cannot be read: which, and what is wrong with it.
    case template(name: String, fault: String)
}

extension PagesError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .template(let name, let fault): "the template \(name) cannot be read: \(fault)"
        }
    }
}
