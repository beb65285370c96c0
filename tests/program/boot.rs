//! A camera that is booted before it is flashed.

use tempfile::tempdir;

use crate::terminal::{Answer, fixture, project, unbrick};

const PARTS: [&str; 5] = ["boot", "--kernel", "fixtures/boot/linux.zip", "--romfs", "fixtures/flashed/romfs.img"];

fn boot(more: &[&str]) -> Answer {
    unbrick(&[PARTS.as_slice(), more].concat())
}

#[test]
fn a_kernel_and_a_romfs_boot_to_the_shell() {
    let answer = boot(&["--until", "shell"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(answer.out.contains("\nExecuting image 7 ... \nLinux version 2.4.20-uc0"), "{}", answer.out);
    assert!(answer.out.contains("\nIt boots: the shell waits for commands, 3.02 s after power-on.\n"));
    let quiet = boot(&["--until", "shell", "--quiet"]);
    assert!(quiet.first_line().starts_with("It boots"), "{}", quiet.out);
}

#[test]
fn json_has_verdict_stages_log_and_registers() {
    let answer = boot(&["--until", "shell", "--format", "json"]);
    let json = answer.json();
    assert_eq!(
        (&json["schema"], &json["is_good"], &json["end"]),
        (&"unbrick.boot/1".into(), &true.into(), &"goal".into())
    );
    assert_eq!(json["stages"][1]["stage"], "banner");
    assert!(json["log"].as_array().unwrap().iter().any(|line| line == "100MB - FULL"));
    assert_eq!(json["registers"]["general"].as_array().unwrap().len(), 15);
    assert_eq!(json["machine"]["boot_loader"], "rules");
}

#[test]
fn a_script_types_and_what_the_program_writes_can_be_saved() {
    let dir = tempdir().unwrap();
    let [script, saved] = ["script", "saved.bin"].map(|name| dir.path().join(name).to_str().unwrap().to_owned());
    std::fs::write(&script, "wait />\ntype mark\nwait />\n").unwrap();
    let answer = boot(&["--script", &script, "--save-flash", &saved]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert_eq!(&std::fs::read(&saved).unwrap()[0x1E_0010..0x1E_0012], b"!M");
    let again = boot(&["--script", &script, "--save-flash", &saved]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("exists already"), "{}", again.err);
    std::fs::write(&script, "wait />\ntpye mark\n").unwrap();
    let wrong = boot(&["--script", &script]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("line 2 of the script starts with `tpye`"), "{}", wrong.err);
}

#[test]
fn a_goal_that_is_not_reached_is_exit_code_1() {
    let answer = boot(&["--until", "video"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("does not come as far as was asked"), "{}", answer.out);
    let text = boot(&["--until", "Flash Detected"]);
    assert_eq!(text.code, 0, "{}", text.out);
}

#[test]
fn seconds_are_counted_from_power_on_wherever_they_are_asked_for_or_told() {
    for (asked, told) in [
        ("1", "It runs for 1.00 s: the boot loader still waits for a key, as it does for the first 3.00 s."),
        ("2.99", "the first 3.00 s."),
        ("3.01", "It runs for 3.01 s: the kernel starts, 3.00 s after power-on."),
        ("3.5", "3.02 s after power-on."),
    ] {
        let answer = boot(&["--until", asked, "--quiet"]);
        assert_eq!(answer.code, 0);
        assert!(answer.prose().contains(told), "{}", answer.out);
    }
    let json = boot(&["--until", "3.5", "--format", "json"]).json();
    assert_eq!(json["instructions"], 140_000_000, "40 million in a second");
    let stages = json["stages"].as_array().unwrap();
    assert!(stages.iter().all(|stage| (120_000_000..140_000_000).contains(&stage["instructions"].as_u64().unwrap())));
    assert!(boot(&["--until", "Linux version", "-q"]).first_line().contains("`Linux version`, 3.0"));
}

#[test]
fn a_cut_kernel_ends_with_the_boot_loaders_error() {
    let dir = tempdir().unwrap();
    let cut = dir.path().join("linux");
    std::fs::write(&cut, &fixture("boot/linux.zip")[..1500]).unwrap();
    let romfs = "fixtures/flashed/romfs.img";
    let answer = unbrick(&["boot", "--kernel", cut.to_str().unwrap(), "--romfs", romfs]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("ERROR: unzip failed! -5"), "{}", answer.out);
    assert!(answer.prose().contains("It does not boot: the packed kernel stops before its end"), "{}", answer.out);
}

#[test]
fn what_cannot_be_booted_is_said_in_one_sentence() {
    let complaint = |arguments: &[&str]| {
        let answer = unbrick(arguments);
        assert_eq!((answer.code, answer.err.lines().count()), (2, 1), "{arguments:?}: {}", answer.err);
        answer.err
    };
    assert!(complaint(&["boot", "fixtures/nothing"]).contains("there is no such file"));
    assert!(complaint(&["boot", "fixtures/flashed/romfs.img"]).contains("neither a flash nor a kernel"));
    assert!(complaint(&["boot", "--kernel", "fixtures/dump/BOOT INFO"]).contains("no bytes are given for the kernel"));
    assert!(
        complaint(&["diff", "--boot", "fixtures/flashed/romfs.img", "fixtures/flashed/romfs.img"]).contains("neither")
    );
    for wrong in [["--until", ""], ["--budget", "lots"], ["--ram", "12"], ["--tcp", "nowhere"]] {
        assert_eq!(boot(&wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_check_can_try_it_and_two_can_be_compared() {
    let parts = ["fixtures/boot/linux.zip", "fixtures/flashed/romfs.img"];
    let checked = unbrick(&["check", parts[0], parts[1], "--board", "4m", "--boot", "--format", "json"]);
    assert_eq!(checked.json()["boot"]["is_good"], true, "{}", checked.out);
    let dir = tempdir().unwrap();
    let folder = |name: &str, kernel: &[u8]| {
        let folder = dir.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("linux.zip"), kernel).unwrap();
        std::fs::copy(project().join(parts[1]), folder.join("romfs.img")).unwrap();
        folder.to_str().unwrap().to_owned()
    };
    let kernel = fixture("boot/linux.zip");
    let (old, same, cut) = (folder("old", &kernel), folder("same", &kernel), folder("cut", &kernel[..1500]));
    assert_eq!(unbrick(&["diff", "--boot", &old, &same]).code, 0);
    let differs = unbrick(&["diff", "--boot", &old, &cut]);
    assert_eq!(differs.code, 1);
    assert!(differs.out.contains("\n+ERROR: unzip failed! -5\n"), "{}", differs.out);
    assert_eq!(unbrick(&["diff", "--boot", &old, &cut, "--format", "json"]).json()["schema"], "unbrick.diff-boots/1");
}
