import HTTPServing
import HTTPTypes

/// How the dashboard answers: every response has the same fields that keep a browser from mixing it with other pages.
enum DashboardAnswer {
    /// Nothing but our own style, script and icon.
    ///
    /// Nothing of them is inline, and no other page frames one of ours.
    ///
    /// Spec: CSP Level 3
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    /// A page.
    static func page(_ html: [UInt8], _ status: HTTPResponse.Status = .ok) -> ServerResponse {
        ServerResponse(status: status, headers: fields("text/html; charset=utf-8"), body: html)
    }

    /// A style, a script or a picture, which has nothing secret.
    static func asset(_ asset: DashboardAsset) -> ServerResponse {
        ServerResponse(status: .ok, headers: fields(asset.mediaType), body: Array(asset.text.utf8))
    }

    /// A file that a browser saves and does not show.
    ///
    /// - Parameter name: letters, digits, dots and strokes.
    static func file(_ bytes: [UInt8], _ format: DownloadFormat, name: String) -> ServerResponse {
        var fields = fields(format == .csv ? "text/csv; charset=utf-8; header=present" : "application/json")
        fields[.contentDisposition] = "attachment; filename=\"\(name).\(format.rawValue)\""
        return ServerResponse(status: .ok, headers: fields, body: bytes)
    }

    /// Server-sent events.
    static func events(_ stream: ResponseStream) -> ServerResponse {
        var fields = fields("text/event-stream")
        // A proxy that collects a response would keep events back.
        fields[.known("X-Accel-Buffering")] = "no"
        return ServerResponse(status: .ok, headers: fields, stream: stream)
    }

    /// Leads to another page of ours, which is asked for with GET.
    ///
    /// - Parameter address: as ``DashboardPath`` or ``Onward`` writes it.
    static func seeOther(_ address: String, cookie: String? = nil) -> ServerResponse {
        var fields = fields(nil)
        fields[.location] = address
        if let cookie { fields[.setCookie] = cookie }
        return ServerResponse(status: .seeOther, headers: fields)
    }

    private static func fields(_ mediaType: String?) -> HTTPFields {
        var fields: HTTPFields = [
            .cacheControl: "no-store",
            .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
            // With no-referrer browsers would send an Origin of "null" with our own forms.
            .known("Referrer-Policy"): "same-origin",
            .known("X-Frame-Options"): "DENY",
            .known("Cross-Origin-Opener-Policy"): "same-origin",
            .known("Cross-Origin-Resource-Policy"): "same-origin",
            .known("Permissions-Policy"): "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ]
        if let mediaType { fields[.contentType] = mediaType }
        return fields
    }
}
