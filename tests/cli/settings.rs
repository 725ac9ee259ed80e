//! Settings: where they come from, and what is refused.

use crate::{refusal, support};

#[test]
fn unknown_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = refusal(
        support::candor(folder.path())
            .arg("serve")
            .env("CANDOR_LISEN", "x"),
    );
    assert_eq!(code, 1);
    assert!(told.starts_with("error: CANDOR_LISEN is set"), "{told}");
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, "lisen = \"127.0.0.1:0\"\n").unwrap();
    let (code, told) = refusal(
        support::candor(folder.path())
            .arg("serve")
            .env("CANDOR_CONFIG", &file),
    );
    assert_eq!(code, 1);
    assert!(
        told.contains("settings.toml: \"lisen\" is not a setting"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("CANDOR_LISTEN", "everywhere"),
        ("CANDOR_CONNECTIONS", "0"),
        ("CANDOR_MASTER_KEY", "short"),
        ("CANDOR_LOG", "nonsense=loud"),
    ] {
        let (code, told) = refusal(support::candor(folder.path()).arg("serve").env(name, value));
        assert_eq!(code, 1);
        let setting = name.trim_start_matches("CANDOR_").to_lowercase();
        assert!(told.contains(&setting), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let (_, told) =
        refusal(support::candor(folder.path()).args(["doctor", "--config", "/nowhere.toml"]));
    assert!(told.contains("cannot read /nowhere.toml"), "{told}");
}

#[test]
fn a_file_in_the_working_folder_is_read_and_the_command_line_is_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::write(
        folder.path().join("candor.toml"),
        "data_dir = \"elsewhere\"\ncomment_characters = 10\n",
    )
    .unwrap();
    let setup = folder.path().join("setup.toml");
    std::fs::write(&setup, "[[projects]]\nname = \"a\"\n").unwrap();
    let apply = |arguments: &[&str]| {
        let mut command = support::candor(folder.path());
        command
            .env_remove("CANDOR_DATA_DIR")
            .current_dir(folder.path());
        support::run(command.arg("apply").arg(&setup).args(arguments))
    };
    apply(&[]);
    assert!(
        folder.path().join("elsewhere/candor.sqlite").exists()
            || folder.path().join("elsewhere").is_dir()
    );
    apply(&["--data-dir", data.to_str().unwrap()]);
    assert!(data.is_dir());
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refusal(support::candor(folder.path()).arg("surf")).0, 2);
    assert_eq!(
        refusal(support::candor(folder.path()).args(["serve", "--listen", "x"])).0,
        2
    );
}

#[test]
fn a_store_that_is_no_address_is_refused_and_its_password_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, store) in [
        (vec!["serve"], "mysql://candor:secret@db/candor"),
        (vec!["doctor"], "postgres://candor:sec@ret@db/secret"),
        (
            vec!["key", "list"],
            "postgres://candor:secret@db/x?sslmode=sometimes",
        ),
        (vec!["backup", "file"], "mysql://candor:secret@db/x"),
        (vec!["restore", "file"], "mysql://candor:secret@db/x"),
    ] {
        let by_option = refusal(
            support::candor(folder.path())
                .args(&arguments)
                .args(["--store", store]),
        );
        let by_variable = refusal(
            support::candor(folder.path())
                .args(&arguments)
                .env("CANDOR_STORE", store),
        );
        assert_eq!(by_option, by_variable);
        let (code, told) = by_option;
        assert_eq!(code, 1);
        assert!(told.starts_with("error: store: "), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}
