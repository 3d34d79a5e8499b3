//! Exit codes. They are a contract: scripts rely on them.

/// Everything was done, and there is nothing to say.
pub const OK: u8 = 0;
/// It was done, and there are findings: lints of severity error, rules not met, rejected rows, differences.
pub const FINDINGS: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// A file cannot be read or used: a Blueprint, a mapping, data; or a file cannot be written.
pub const INPUT: u8 = 3;
/// The database cannot be opened, read or written, or was written under another Blueprint.
pub const DATABASE: u8 = 4;
/// The actor may not do this.
pub const DENIED: u8 = 5;
/// A fault in qudao itself.
pub const INTERNAL: u8 = 70;

/// The codes with their meaning, in English and Chinese.
pub const ALL: [(u8, &str, &str); 7] = [
    (OK, "done", "完成"),
    (FINDINGS, "done, with findings", "完成，但有问题"),
    (USAGE, "wrong command line", "命令行有误"),
    (INPUT, "a file cannot be read, used or written", "文件无法读取、使用或写入"),
    (DATABASE, "the database cannot be used", "数据库无法使用"),
    (DENIED, "not allowed", "无权限"),
    (INTERNAL, "a fault in qudao itself", "qudao 内部错误"),
];
