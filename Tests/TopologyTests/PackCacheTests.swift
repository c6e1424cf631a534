import Foundation
import Testing
import Topology

@Suite("Where packs outlive the process")
struct PackCacheTests {
    private func folder(
        _ value: String, environment: [String: String] = ["HOME": "/home/me"]
    ) throws(TopologyError) -> Setting<URL?> {
        try parse("server: {pack_cache: \(value)}\n" + readerGroup(""), environment: environment).server
            .packCache
    }

    @Test("nowhere, unless someone wants it")
    func byDefault() throws {
        let server = try parse(readerGroup(""), environment: ["HOME": "/home/me"]).server
        #expect(server.packCache == Setting(nil, .default))
        #expect(server.packCacheLimit == Setting(32 << 30, .default))
        #expect(try folder("off") == Setting(nil, .file(line: 1)))
    }

    @Test("on is the user's folder for what can be made again")
    func on() throws {
        #expect(try folder("on").value?.path == "/home/me/.cache/skein")
        #expect(
            try folder("on", environment: ["HOME": "/home/me", "XDG_CACHE_HOME": "/var/xdg"]).value?.path
                == "/var/xdg/skein")
        // The XDG specification ignores relative ones.
        #expect(
            try folder("on", environment: ["HOME": "/home/me", "XDG_CACHE_HOME": "xdg"]).value?.path
                == "/home/me/.cache/skein")
        let refused = fault { () throws(TopologyError) in try folder("on", environment: [:]) }
        #expect(refused?.description.contains("neither XDG_CACHE_HOME nor HOME is set") == true)
    }

    @Test("a directory is relative to who names it")
    func directories() throws {
        #expect(try folder("packs").value?.path == "/etc/skein/packs")
        #expect(try folder("/var/packs").value?.path == "/var/packs")
        let named = try parse(readerGroup(""), environment: ["SKEIN_PACK_CACHE": "packs"]).server.packCache
        #expect(named.value?.path == "/srv/packs" && named.origin == .environment("SKEIN_PACK_CACHE"))
        #expect(fault { () throws(TopologyError) in try folder("''") }?.value == "empty")
    }

    @Test("flags decide, the limit's with its unit")
    func flags() throws {
        var overrides = CommandLineOverrides()
        overrides.server.packCache = "off"
        overrides.server.packCacheLimit = "3GiB"
        let yaml = "server: {pack_cache: on, pack_cache_limit: 1GiB}\n" + readerGroup("")
        let environment = ["HOME": "/home/me", "SKEIN_PACK_CACHE_LIMIT": "2GiB"]
        let server = try parse(yaml, environment: environment, overrides: overrides).server
        #expect(server.packCache == Setting(nil, .flag("--pack-cache")))
        #expect(server.packCacheLimit == Setting(3 << 30, .flag("--pack-cache-limit")))
        let without = try parse(yaml, environment: environment).server
        #expect(without.packCacheLimit == Setting(2 << 30, .environment("SKEIN_PACK_CACHE_LIMIT")))
        #expect(without.packCache.value?.path == "/home/me/.cache/skein")
        overrides.server.packCacheLimit = "3"
        let refused = fault { () throws(TopologyError) in try parse(yaml, overrides: overrides) }
        #expect(refused?.key == "--pack-cache-limit" && refused?.value == "3")
    }

    @Test("the limit lies between a MiB and 64 TiB", arguments: [("1MiB", 1 << 20), ("65536GiB", 1 << 46)])
    func limits(text: String, expected: Int) throws {
        let yaml = "server: {pack_cache_limit: \(text)}\n" + readerGroup("")
        #expect(try parse(yaml).server.packCacheLimit.value == expected)
    }

    @Test("and nowhere else", arguments: ["1048575B", "65537GiB", "1", "many"])
    func wrongLimits(text: String) {
        let yaml = "server: {pack_cache_limit: \(text)}\n" + readerGroup("")
        let refused = fault { () throws(TopologyError) in try parse(yaml) }
        #expect(refused?.code == .invalidValue && refused?.value == text && refused?.line == 1)
    }

    @Test("plan shows both with their origin")
    func settings() throws {
        let lines = try parse("server: {pack_cache: /p}\n" + readerGroup("")).settings
        let own = lines.filter { $0.key.hasPrefix("pack_cache") }
        #expect(own.map(\.value) == ["/p/", "\(32 << 30)B"])
        #expect(own.map(\.origin) == [.file(line: 1), .default])
    }
}
