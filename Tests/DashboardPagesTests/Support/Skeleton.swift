/// The tags of a page with the names of their attributes, as a browser would find them.
///
/// Spec: HTML Standard §13.2.5, as far as pages of ours need it
struct Skeleton: Equatable {
    private(set) var tags: [String] = []

    init(_ html: [UInt8]) {
        var rest = html[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "<"), let next = rest.first, Self.beginsTag(next) else { continue }
            tags.append(Self.tag(&rest))
        }
    }

    /// Without the parts that show escapes, of which hostile values have more.
    var withoutSpans: [String] { tags.filter { !$0.hasPrefix("span") && !$0.hasPrefix("/span") } }

    private static func beginsTag(_ byte: UInt8) -> Bool {
        0x41...0x5a ~= byte || 0x61...0x7a ~= byte || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "!")
    }

    /// What a tag has outside of quotation marks.
    private static func tag(_ rest: inout ArraySlice<UInt8>) -> String {
        var kept: [UInt8] = []
        var quote: UInt8?
        while let byte = rest.popFirst() {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            } else {
                kept.append(byte)
            }
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
