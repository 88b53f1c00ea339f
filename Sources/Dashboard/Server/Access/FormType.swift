import HTTPServing
import PopulusDAP

/// The media type of a form that has no file.
///
/// Spec: URL Standard §5.1
struct FormType: BodyType {
    let description = "application/x-www-form-urlencoded"

    /// What a form may have, in bytes: a threshold and two secrets are all that is sent.
    static let greatestBody = 16 << 10

    func matches(_ field: String?) -> Bool { MediaType(essence: description).matches(field) }
}
