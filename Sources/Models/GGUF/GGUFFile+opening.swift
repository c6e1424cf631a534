import Foundation
import Glibc
import Tensors

extension GGUFFile {
    /// Opens what a model's path names if it is a file; nil if it is a directory or nothing at all.
    static func open(_ url: URL) throws(ModelError) -> GGUFFile? {
        do { return try GGUFFile(path: url.path) } catch .file(.notRegular), .file(.failed(_, _, ENOENT)) {
            return nil
        } catch { throw ModelError(error) }
    }
}
