import HTTPTypes
import Hummingbird
import NIOCore

/// The page at `/`: completes a prompt by streaming and shows the layout it runs on.
///
/// Its files are part of the executable; the page loads nothing from elsewhere, which its policy
/// says, too.
struct PageRoutes: Sendable {
    /// One route a file.
    var routes: [Route] {
        [
            Self.file("/", PackageResources.index_html, "text/html; charset=utf-8"),
            Self.file("/page/style.css", PackageResources.style_css, "text/css; charset=utf-8"),
            Self.file("/page/script.js", PackageResources.script_js, "text/javascript; charset=utf-8"),
            Self.file("/page/examples.js", PackageResources.examples_js, "text/javascript; charset=utf-8"),
        ]
    }

    private static func file(_ path: String, _ bytes: [UInt8], _ type: String) -> Route {
        let headers: HTTPFields = [
            .contentType: type,
            .cacheControl: "no-cache",
            .contentSecurityPolicy: "default-src 'none'; script-src 'self'; style-src 'self'; "
                + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        return Route(method: .get, path: path) { _, _ in
            Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}
