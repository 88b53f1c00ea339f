import Foundation

/// A server on loopback that speaks TLS with a certificate that nobody has signed, for the host `localhost`.
///
/// Whoever trusts that certificate is answered, which the server tries itself before it says that it is ready.
struct SecureServer {
    let port: Int
    private let process: RunningProcess

    /// Starts a server, runs the body and ends it.
    static func with(in scratch: Scratch, _ body: (SecureServer) async throws -> Void) async throws {
        let certificate = try scratch.write(Data(Self.certificate.utf8), to: "certificate.pem")
        let key = try scratch.write(Data(Self.key.utf8), to: "key.pem")
        let process = try RunningProcess(
            URL(filePath: "/usr/bin/env"), ["python3", "-c", program, certificate.path, key.path], name: "secure",
            in: scratch)
        do {
            let port = try await wait(for: "the server with a certificate", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the server ended with \(status): \(process.output)")
                }
                return Int(Scratch.text(process.stdout).trimmingCharacters(in: .whitespacesAndNewlines))
            }
            try await body(SecureServer(port: port, process: process))
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }

    /// The base URL under the name that the certificate has.
    var url: String { "https://localhost:\(port)/" }
    /// What was asked for but by the server itself.
    var requests: [Substring] { lines("request ").filter { !$0.hasSuffix(" /trusted") } }
    /// How many connections were given up before anything was asked.
    var failedHandshakes: Int { lines("handshake failed").count }

    private func lines(_ beginning: String) -> [Substring] {
        Scratch.text(process.stderr).split(separator: "\n").filter { $0.hasPrefix(beginning) }
    }

    private static let program = """
        import http.server, socketserver, ssl, sys, threading, urllib.request

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.log_message("request %s %s", self.command, self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_GET = do_POST = do_DELETE = answer

            def log_message(self, format, *arguments):
                print(format % arguments, file=sys.stderr, flush=True)

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def finish_request(self, request, address):
                try:
                    secure = context.wrap_socket(request, server_side=True)
                except OSError as error:
                    print("handshake failed:", error, file=sys.stderr, flush=True)
                    return
                super().finish_request(secure, address)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server = Server(("127.0.0.1", 0), Handler)
        port = server.server_address[1]
        threading.Thread(target=server.serve_forever).start()
        # Who trusts the certificate gets an answer.
        trusting = ssl.create_default_context(cafile=sys.argv[1])
        urllib.request.urlopen(f"https://localhost:{port}/trusted", context=trusting).read()
        print(port, flush=True)
        """

    /// Of these tests alone; valid until 2120.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBcjCCARegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
        c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEw8daBq5XjDzbhJ
        cyHeJCO8+YQrFWyBPJj4bbJ07epVYMoj+QoSRLgcEjTCTzZpiIWQpsbUOV6lT92L
        gSi2V1ejWDBWMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
        MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQUBZYNuPDF3Gd5yk5kkVYD0wPfEQ8w
        CgYIKoZIzj0EAwIDSQAwRgIhAJC+xXpJ/mq9kodJFZbYJ7hcriLQX6TYU0CYaPfa
        P2YJAiEAtVksW+jOmRGYlit/HyDnJVqBFXt8SGxZpx07/Qc6klI=
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzdGVInrkVkC6lI2F
        sHRidW6I9ZnaPKADdbzZuzZUAZGhRANCAARMPHWgauV4w824SXMh3iQjvPmEKxVs
        gTyY+G2ydO3qVWDKI/kKEkS4HBI0wk82aYiFkKbG1DlepU/di4EotldX
        -----END PRIVATE KEY-----
        """
}
