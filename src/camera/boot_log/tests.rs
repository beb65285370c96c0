use super::*;

fn id(log: &BootLog) -> &str {
    log.matter.as_ref().map_or("", |matter| matter.rule.id.as_str())
}

#[test]
fn ten_failed_checks_and_a_restart_are_the_security_chip() {
    let text = format!("audio_dev.state not AU_STATE_RECORDING\n[29]\n{}myreboot\n", "write i2c error\n".repeat(10));
    let log = read(text.as_bytes());
    assert_eq!((id(&log), log.outcome), ("security-chip", Outcome::Restarts));
    let matter = log.matter.unwrap();
    assert_eq!((matter.line, matter.count, matter.certainty), (3, 10, Certainty::Certain));
}
