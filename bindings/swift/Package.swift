// swift-tools-version:6.0
import PackageDescription

// `cargo xtask bindings swift` writes Generated/ from the built library.
// QUDAO_STRICT=1 turns warnings in hand-written sources into errors; a package that others
// depend on may not carry such flags, so it is off for them.
let strict: [SwiftSetting] =
    Context.environment["QUDAO_STRICT"] == "1" ? [.unsafeFlags(["-warnings-as-errors"])] : []

let package = Package(
    name: "Qudao",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Qudao", targets: ["Qudao"])
    ],
    targets: [
        // The C header of the native library.
        .systemLibrary(name: "QudaoFFI", path: "Generated/QudaoFFI"),
        // What UniFFI writes, and nothing else.
        .target(name: "QudaoCore", dependencies: ["QudaoFFI", "QudaoTypes"], path: "Generated/QudaoCore"),
        // Types that the generated code builds on.
        .target(name: "QudaoTypes", swiftSettings: strict),
        // What a host imports.
        .target(name: "Qudao", dependencies: ["QudaoCore", "QudaoTypes"], swiftSettings: strict),
        // The story of `examples/swift`, by a link, as a package holds its sources below itself.
        .target(name: "QudaoStory", dependencies: ["Qudao"], swiftSettings: strict),
        // A measurement: `cargo xtask bench live`.
        .executableTarget(name: "QudaoLive", dependencies: ["Qudao"], swiftSettings: strict),
        .testTarget(name: "QudaoTests", dependencies: ["Qudao", "QudaoStory"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
