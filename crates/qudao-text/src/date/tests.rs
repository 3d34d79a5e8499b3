use super::*;

fn read(s: &str, options: &DateOptions) -> String {
    match parse_moment(s, options) {
        Ok(m) => m.to_iso(),
        Err(e) => e.code().to_owned(),
    }
}

#[test]
fn undeclared_dates() {
    let options = DateOptions::default();
    for (input, expected) in [
        ("2024-03-05", "2024-03-05"),
        ("2024-3-5", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("2024 3 5", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("２０２４－０３－０５", "2024-03-05"),
        (" 2024-03-05 ", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"),
        ("2024年03月05号", "2024-03-05"),
        ("2024 年 3 月 5 日", "2024-03-05"),
        ("2024年3月5", "2024-03-05"),
        ("24年3月5日", "2024-03-05"),
        ("二〇二四年三月五日", "2024-03-05"),
        ("二〇二四年十二月二十一日", "2024-12-21"),
        ("5 Mar 2024", "2024-03-05"),
        ("05-Mar-2024", "2024-03-05"),
        ("05-MAR-24", "2024-03-05"),
        ("5/Mar/2024", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Mar 5th, 2024", "2024-03-05"),
        ("5. March 2024", "2024-03-05"),
        ("2024-Mar-05", "2024-03-05"),
        ("Tue, 5 Mar 2024", "2024-03-05"),
        ("Sept 1, 1999", "1999-09-01"),
        ("25/3/2024", "2024-03-25"),
        ("3/25/2024", "2024-03-25"),
        ("5/5/2024", "2024-05-05"),
        ("31/12/99", "1999-12-31"),
        ("2024-02-29", "2024-02-29"),
    ] {
        assert_eq!(read(input, &options), expected, "{input:?}");
    }
}

#[test]
fn undeclared_findings() {
    let options = DateOptions::default();
    for (input, expected) in [
        ("", "text.empty"),
        ("2023-02-30", "date.impossible"),
        ("2023-02-29", "date.impossible"),
        ("2024-13-05", "date.impossible"),
        ("2024-00-05", "date.impossible"),
        ("2024年2月30日", "date.impossible"),
        ("31/11/2024", "date.impossible"),
        ("45/45/2024", "date.impossible"),
        ("20240230", "date.impossible"),
        ("31 Feb 2024", "date.impossible"),
        ("5/3/2024", "date.ambiguous"),
        ("5/3/24", "date.ambiguous"),
        ("01-02-2024", "date.ambiguous"),
        ("10/11/12", "date.ambiguous"),
        ("2024-03", "date.incomplete"),
        ("03/2024", "date.incomplete"),
        ("2024年3月", "date.incomplete"),
        ("3月5日", "date.incomplete"),
        ("March 2024", "date.incomplete"),
        ("12/25", "date.incomplete"),
        ("0000-01-01", "date.out_of_range"),
        ("0024-01-01", "date.out_of_range"),
        ("12345678", "date.unrecognised"),
        ("45356", "date.unrecognised"),
        ("soon", "date.unrecognised"),
        ("2024-3/5", "date.unrecognised"),
        ("2024--3-5", "date.unrecognised"),
        ("1.5", "date.unrecognised"),
        ("2024-03-05x", "date.unrecognised"),
        ("99999999999999999999", "date.unrecognised"),
        ("2024-03-05T25:00", "date.impossible"),
        ("2024-03-05T23:59:60", "date.impossible"),
        ("2024-03-05 10:00 Mars", "date.unrecognised"),
        ("10:30", "date.unrecognised"),
    ] {
        assert_eq!(read(input, &options), expected, "{input:?}");
    }
    assert_eq!(read(&"1".repeat(1_000_000), &options), "text.too_long");
    let issue = parse_date("5/3/2024", &options).unwrap_err();
    assert_eq!(issue.param("readings"), Some("DMY, MDY"));
}

#[test]
fn declared_order() {
    for (order, input, expected) in [
        (DateOrder::Dmy, "5/3/24", "2024-03-05"),
        (DateOrder::Mdy, "5/3/24", "2024-05-03"),
        (DateOrder::Ymd, "24/3/5", "2024-03-05"),
        (DateOrder::Ymd, "05-03-24", "2005-03-24"),
        (DateOrder::Dmy, "5/3/2024", "2024-03-05"),
        (DateOrder::Mdy, "5/3/2024", "2024-05-03"),
        (DateOrder::Mdy, "2024/3/5", "2024-03-05"),
        (DateOrder::Mdy, "25/3/2024", "date.impossible"),
        (DateOrder::Dmy, "3/25/2024", "date.impossible"),
        (DateOrder::Ymd, "5/3/2024", "date.ambiguous"),
        (DateOrder::Dmy, "1/1/69", "2069-01-01"),
        (DateOrder::Dmy, "1/1/70", "1970-01-01"),
    ] {
        assert_eq!(read(input, &DateOptions::order(order)), expected, "{order:?} {input:?}");
    }
}

#[test]
fn times() {
    let options = DateOptions::default();
    for (input, expected) in [
        ("2024-01-22T16:14:25.000+0000", "2024-01-22T16:14:25Z"),
        ("2024-01-22T16:14:25Z", "2024-01-22T16:14:25Z"),
        ("2024-01-22T16:14:25.123+08:00", "2024-01-22T16:14:25.123+08:00"),
        ("2024-01-22 16:14:25 -0530", "2024-01-22T16:14:25-05:30"),
        ("2024-01-22 16:14:25 UTC", "2024-01-22T16:14:25Z"),
        ("2024-01-22 16:14 GMT+8", "2024-01-22T16:14:00+08:00"),
        ("2024-01-22T16:14", "2024-01-22T16:14:00"),
        ("2024/1/22 9:05", "2024-01-22T09:05:00"),
        ("2024/1/22 9:05:07", "2024-01-22T09:05:07"),
        ("2024/1/22 9:05 PM", "2024-01-22T21:05:00"),
        ("2024/1/22 12:05 am", "2024-01-22T00:05:00"),
        ("2024/1/22 12:05 p.m.", "2024-01-22T12:05:00"),
        ("2024年1月22日 下午2:30", "2024-01-22T14:30:00"),
        ("2024年1月22日下午2时30分", "2024-01-22T14:30:00"),
        ("2024年1月22日14时30分5秒", "2024-01-22T14:30:05"),
        ("2024年1月22日14点", "2024-01-22T14:00:00"),
        ("20240122161425", "2024-01-22T16:14:25"),
        ("Mon, 22 Jan 2024 16:14:25 +0000", "2024-01-22T16:14:25Z"),
        ("2024-01-22t16:14:25z", "2024-01-22T16:14:25Z"),
        ("2024/1/22 13:05 AM", "date.impossible"),
        ("2024-01-22T16:14:25+99:00", "date.impossible"),
    ] {
        assert_eq!(read(input, &options), expected, "{input:?}");
    }
    assert_eq!(parse_date("2024-01-22T23:59:59+08:00", &options).unwrap().to_string(), "2024-01-22");
}

#[test]
fn declared_formats() {
    for (format, input, expected) in [
        ("%d-%b-%Y", "05-Mar-2024", "2024-03-05"),
        ("%d-%b-%Y", "5-mar-2024", "2024-03-05"),
        ("%d/%m/%Y", "05/03/2024", "2024-03-05"),
        ("%m/%d/%Y", "05/03/2024", "2024-05-03"),
        ("%Y年%m月%d日", "2024年03月05日", "2024-03-05"),
        ("%Y-%m-%dT%H:%M:%S%.f%z", "2024-01-22T16:14:25.000+0000", "2024-01-22T16:14:25Z"),
        ("%Y-%m-%d %H:%M", "2024-01-22 16:14", "2024-01-22T16:14:00"),
        ("%d/%m/%y", "05/03/24", "2024-03-05"),
        ("%Y-%m-%d", "2023-02-30", "date.impossible"),
        ("%Y-%m-%d", "2023-13-01", "date.impossible"),
        ("%Y-%m-%d", "05/03/2024", "date.format"),
        ("%Y-%m-%d", "2024-03-05 10:00", "date.format"),
        ("%Y-%m-%d", "24-03-05", "date.out_of_range"),
        ("%Q", "2024", "date.bad_format"),
        ("%", "2024", "date.bad_format"),
    ] {
        assert_eq!(read(input, &DateOptions::formats([format])), expected, "{format} {input:?}");
    }
    let two = DateOptions::formats(["%Y-%m-%d", "%d.%m.%Y"]);
    assert_eq!(read("05.03.2024", &two), "2024-03-05");
    assert_eq!(parse_date("x", &two).unwrap_err().param("formats"), Some("%Y-%m-%d, %d.%m.%Y"));
}

#[test]
fn excel_serials() {
    let options = DateOptions { excel_serial: true, ..DateOptions::default() };
    for (input, expected) in [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("60", "date.impossible"),
        ("61", "1900-03-01"),
        ("45356", "2024-03-05"),
        ("45356.0", "2024-03-05"),
        ("45356.5", "2024-03-05T12:00:00"),
        ("45356.604166667", "2024-03-05T14:30:00"),
        ("45356.9999999", "2024-03-06T00:00:00"),
        ("2958465", "9999-12-31"),
        ("2958466", "date.out_of_range"),
        ("0", "date.out_of_range"),
        ("20240305", "2024-03-05"),
        ("2024-03-05", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
    ] {
        assert_eq!(read(input, &options), expected, "{input:?}");
    }
}
