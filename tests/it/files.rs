//! Files of the user: what is written keeps what was there of it, what is read has bounds, and neither is the other.

use crate::support::{Home, Run, finish};

/// Tests one address with nobody to ask: quick, and never clean.
const ARGV: [&str; 7] = ["ptr", "203.0.113.9", "--resolver", "127.0.0.1:9", "--timeout", "100ms", "-f"];
const FORMATS: [&str; 4] = ["json", "table", "ndjson", "csv"];

fn run(home: &Home, format: &str, flags: &[&str]) -> Run {
    home.run([&ARGV[..], &[format], flags].concat())
}

#[track_caller]
fn text(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path(name)).expect("the file can be read")
}

#[test]
fn hyphen_is_standard_output() {
    let home = Home::new();
    for format in FORMATS {
        let here = run(&home, format, &["-o", "-"]);
        assert!(here.exits(3).stdout.contains("203.0.113.9"), "{here:?}");
    }
    assert_eq!(home.files(), [""; 0]);
}

#[test]
fn result_over_its_own_input_or_configuration_is_refused_and_nothing_is_lost() {
    let home = Home::new();
    home.write("targets", "203.0.113.9\n");
    home.write("config.toml", "threshold = 50\n");
    home.write("sub/file", "");
    std::fs::hard_link(home.path("targets"), home.path("again")).expect("linked");
    let argv = ["ptr", "--input", "targets", "--config", "config.toml", "--resolver", "127.0.0.1:9"];
    for (name, of) in [
        ("targets", "--input"),
        ("./targets", "--input"),
        ("sub/../targets", "--input"),
        ("again", "--input"),
        ("config.toml", "--config"),
    ] {
        for format in FORMATS {
            let run = home.run([&argv[..], &["-f", format, "-o", name]].concat());
            run.exits(2).complains(&[&format!("--output {name}: this is the file of {of}; name another one")]);
        }
    }
    let resumed = home.run([&argv[..], &["-f", "ndjson", "--resume", "targets"]].concat());
    resumed.exits(2).complains(&["--resume targets: this is the file of --input"]);
    assert_eq!(
        (text(&home, "targets"), text(&home, "config.toml")),
        ("203.0.113.9\n".into(), "threshold = 50\n".into())
    );
    let mut found = home.command(["ptr", "203.0.113.9", "-r", "127.0.0.1:9", "-o", "config.toml"]);
    finish(found.env("SPAMCHECK_CONFIG", home.path("config.toml")), "").exits(2).complains(&["the configuration"]);
    assert_eq!(text(&home, "config.toml"), "threshold = 50\n");
}

#[test]
fn lists_are_not_imported_over_the_file_they_come_from() {
    let home = Home::new();
    home.write("zones", "bl.example\n");
    home.run(["lists", "import", "zones", "--output", "./zones"]).exits(2).complains(&["--output ./zones"]);
    assert_eq!(text(&home, "zones"), "bl.example\n");
    home.run(["lists", "import", "zones", "--output", "config.toml"]).exits(0);
    assert!(text(&home, "config.toml").contains("zone = \"bl.example\""));
    assert_eq!(home.files(), ["config.toml", "zones"]);
}

#[test]
fn result_sent_to_its_own_input_by_the_shell_is_refused() {
    let home = Home::new();
    let targets = home.write("targets", "203.0.113.9\n");
    let end = std::fs::OpenOptions::new().append(true).open(targets).expect("opened");
    let argv = ["ptr", "--input", "targets", "-r", "127.0.0.1:9", "-f", "csv"];
    finish(home.command(argv).stdout(end), "").exits(2).complains(&["this is the file of --input"]);
    assert_eq!(text(&home, "targets"), "203.0.113.9\n");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_stay_and_their_files_are_written_with_mode_and_owner_kept() {
        for format in FORMATS {
            let home = Home::new();
            home.write("www/real", "old\n");
            let real = home.path("www/real");
            std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("set");
            let before = std::fs::metadata(&real).expect("there");
            symlink("www/real", home.path("link")).expect("linked");
            run(&home, format, &["-o", "link"]).exits(3);
            assert!(std::fs::symlink_metadata(home.path("link")).expect("there").is_symlink(), "{format}");
            assert!(text(&home, "www/real").contains("203.0.113.9"), "{format}");
            let after = std::fs::metadata(&real).expect("there");
            let kept = |metadata: &std::fs::Metadata| (metadata.mode(), metadata.uid(), metadata.gid());
            assert_eq!(kept(&after), kept(&before), "{format}");
            symlink("www/new", home.path("dangling")).expect("linked");
            run(&home, format, &["-o", "dangling"]).exits(3);
            assert!(text(&home, "www/new").contains("203.0.113.9"), "{format}");
            assert_eq!(home.files(), ["dangling", "link", "www"], "nothing is left beside it");
        }
    }

    #[test]
    fn result_through_a_link_over_the_targets_is_refused() {
        let home = Home::new();
        home.write("targets", "203.0.113.9\n");
        symlink("targets", home.path("link")).expect("linked");
        let argv = ["ptr", "--input", "targets", "-r", "127.0.0.1:9", "--json", "-o", "link"];
        home.run(argv).exits(2).complains(&["--output link: this is the file of --input"]);
        assert_eq!(text(&home, "targets"), "203.0.113.9\n");
    }

    #[test]
    fn pipe_is_written_to_and_stays_one() {
        for format in FORMATS {
            let home = Home::new();
            let pipe = home.path("pipe");
            assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || std::fs::read_to_string(pipe).expect("the pipe can be read")
            });
            run(&home, format, &["-o", "pipe"]).exits(3);
            assert!(reader.join().expect("the reader ends").contains("203.0.113.9"), "{format}");
            assert!(std::fs::metadata(&pipe).expect("there").file_type().is_fifo(), "{format}");
            assert_eq!(home.files(), ["pipe"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn standard_output_has_another_name() {
        let home = Home::new();
        for format in FORMATS {
            let here = run(&home, format, &["-o", "/dev/stdout"]);
            assert!(here.exits(3).stdout.contains("203.0.113.9"), "{here:?}");
        }
    }
}

#[test]
fn input_without_targets_exits_2_and_says_so() {
    let home = Home::new();
    home.write("empty", "");
    home.write("remarks", "# none today\n\n   \n");
    home.write("directory/file", "");
    for format in FORMATS {
        let argv = |input| [&["ptr", "-r", "127.0.0.1:9", "-f", format][..], &["--input", input]].concat();
        for name in ["empty", "remarks"] {
            home.run(argv(name)).exits(2).complains(&[&format!("--input: no targets in {name}")]);
        }
        home.run(argv("directory")).exits(2).complains(&["--input directory: is a directory"]);
        let piped = finish(&mut home.command(argv("-")), "# none today\n");
        piped.exits(2).complains(&["--input: no targets in standard input"]);
        home.run([&argv("empty")[..], &["-o", "out"]].concat()).exits(2);
        assert_eq!(
            (piped.stdout.as_str(), home.files()),
            ("", vec!["directory".into(), "empty".into(), "remarks".into()])
        );
    }
}

#[test]
fn malformed_lines_are_told_with_their_number_and_are_never_fine() {
    let home = Home::new();
    home.write("some", "203.0.113.9\n\nnot a target\n");
    home.write("none", "# nothing here is a target\nnot a target\n300.1.2.3\n");
    for format in FORMATS {
        for (check, name, line, code) in
            [("ptr", "some", "line 3", 0), ("ptr", "none", "line 2", 3), ("audit", "none", "line 3", 3)]
        {
            let argv =
                [check, "--input", name, "-r", "127.0.0.1:9", "--timeout", "100ms", "--unclear", "ok", "-f", format];
            let run = home.run(argv);
            assert!(run.exits(code).stdout.contains(line), "{check} {format}: {run:?}");
        }
    }
}

#[test]
fn formats_that_a_subcommand_lacks_are_refused() {
    let home = Home::new();
    home.write("zones", "bl.example\n");
    let tables = "table and json";
    for (argv, has) in [
        (&["lists"][..], tables),
        (&["lists", "show", "psbl"], tables),
        (&["explain"], tables),
        (&["explain", "dnsbl-listed"], tables),
        (&["lists", "import", "zones"], "no formats"),
        (&["completions", "bash"], "no formats"),
    ] {
        for format in ["csv", "ndjson"] {
            let run = home.run([argv, &["-f", format]].concat());
            run.exits(2).complains(&[&format!("--format {format}"), has]);
            assert_eq!(run.stdout, "", "{argv:?}");
        }
    }
}

#[test]
fn completions_are_written_to_the_file() {
    let home = Home::new();
    let run = home.run(["completions", "bash", "-o", "spamcheck.bash"]);
    assert_eq!(run.exits(0).stdout, "");
    assert_eq!(text(&home, "spamcheck.bash"), home.run(["completions", "bash"]).stdout);
}

#[test]
fn numbers_beyond_sense_are_named_and_abort_nothing() {
    let huge = "99999999999999999999";
    let cases: &[&[&str]] = &[
        &["--max-hosts", huge],
        &["--max-hosts", "18446744073709551615"],
        &["--max-hosts", "-1"],
        &["--concurrency", huge],
        &["--concurrency", "18446744073709551615"],
        &["--timeout", "99999999999999999999d"],
        &["--deadline", "18446744073709551615"],
        &["--retries", "255"],
        &["--max-qps", "1e300"],
        &["--max-qps", "1e-300"],
        &["--max-qps", "NaN"],
        &["--threshold", "4294967295"],
        &["--confirm", huge],
    ];
    for flags in cases {
        let run = Home::new().run([&["dnsbl", "203.0.113.9", "-r", "127.0.0.1:9"], *flags].concat());
        run.exits(2).complains(&[flags[0]]);
    }
    for line in ["threshold = 99999999", "retries = 255", "max-qps = 1e300", "timeout = \"9999999d\"", "max-qps = nan"]
    {
        let home = Home::new();
        home.configure(&format!("{line}\n"));
        let key = line.split(' ').next().expect("a key");
        home.run(["dnsbl", "203.0.113.9", "-r", "127.0.0.1:9"]).exits(2).complains(&["config.toml:1", key]);
    }
}

#[cfg(unix)]
#[test]
fn files_without_an_end_are_too_large() {
    let home = Home::new();
    let ptr = ["ptr", "203.0.113.9", "--timeout", "100ms"];
    let endless = "/dev/zero";
    for (argv, words) in [
        ([&ptr[..], &["--config", endless]].concat(), "it is larger than 4 MiB"),
        ([&ptr[..], &["-r", "tls://127.0.0.1", "--ca-file", endless]].concat(), "it is larger than"),
        ([&ptr[..], &["--trust-anchor", endless]].concat(), "it is larger than"),
        (vec!["lists", "import", endless], "it is larger than 4 MiB"),
        (vec!["dkim", "--message", endless, "-r", "127.0.0.1:9"], "more than 50 MiB"),
        (vec!["dane", "mx.example", "--cert", endless, "-r", "127.0.0.1:9"], "it is larger than"),
    ] {
        home.run(&argv).exits(2).complains(&[endless, words]);
    }
}
