use super::*;

fn pool(workers: usize, queue: usize) -> PasswordPool {
    PasswordPool::new(PoolSize {
        workers: NonZeroUsize::new(workers).unwrap(),
        queue,
    })
    .unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn right_and_wrong_and_nobody() {
    let pool = pool(2, 4);
    let phc = pool.hash(secret("correct horse")).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    for (typed, kept, expected) in [
        ("correct horse", Some(phc.as_str()), PasswordVerdict::Right),
        ("Correct horse", Some(phc.as_str()), PasswordVerdict::Wrong),
        ("", Some(phc.as_str()), PasswordVerdict::Wrong),
        ("correct horse", None, PasswordVerdict::Wrong),
    ] {
        assert_eq!(
            pool.verify(secret(typed), kept).await.unwrap(),
            expected,
            "{typed}"
        );
    }
    assert_ne!(
        phc,
        pool.hash(secret("correct horse")).await.unwrap(),
        "the salt is drawn anew"
    );
}

#[tokio::test]
async fn the_same_characters_from_another_keyboard() {
    let pool = pool(1, 4);
    let phc = pool.hash(secret("ﾊﾟｽﾜｰﾄﾞ１２３")).await.unwrap();
    assert_eq!(
        pool.verify(secret("パスワード123"), Some(&phc))
            .await
            .unwrap(),
        PasswordVerdict::Right
    );
}

#[tokio::test]
async fn an_older_hash_asks_to_be_made_again() {
    let pool = pool(1, 4);
    for (algorithm, memory, passes) in [
        (Algorithm::Argon2id, 1024, 1),
        (Algorithm::Argon2i, MEMORY_KIB, PASSES),
    ] {
        let older = Argon2::new(
            algorithm,
            Version::V0x13,
            Params::new(memory, passes, 1, None).unwrap(),
        );
        let phc = older
            .hash_password_with_salt(b"old", b"0123456789abcdef")
            .unwrap()
            .to_string();
        assert_eq!(
            pool.verify(secret("old"), Some(&phc)).await.unwrap(),
            PasswordVerdict::RightRehash,
            "{phc}"
        );
        assert_eq!(
            pool.verify(secret("new"), Some(&phc)).await.unwrap(),
            PasswordVerdict::Wrong,
            "{phc}"
        );
    }
}

#[tokio::test]
async fn a_stored_hash_that_is_none_is_an_error() {
    let pool = pool(1, 4);
    for phc in [
        "",
        "hunter2",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=4194304,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
        "$argon2id$v=19$m=1024,t=4000,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
        "$scrypt$ln=4$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    ] {
        let error = pool.verify(secret("x"), Some(phc)).await.unwrap_err();
        assert!(matches!(error, PasswordError::StoredHash), "{phc}: {error}");
        assert!(
            phc.is_empty() || !error.to_string().contains(phc),
            "the error names no hash"
        );
    }
}

#[tokio::test]
async fn a_full_queue_answers_at_once() {
    let pool = pool(1, 1);
    let worker = Arc::clone(&pool.workers).acquire_owned().await.unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.verify(secret("first"), None).await }
    });
    let also_waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.verify(secret("second"), None).await }
    });
    while pool.admission.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(
        pool.verify(secret("third"), None).await,
        Err(PasswordError::Busy)
    ));
    assert!(matches!(
        pool.hash(secret("third")).await,
        Err(PasswordError::Busy)
    ));
    drop(worker);
    assert_eq!(waiting.await.unwrap().unwrap(), PasswordVerdict::Wrong);
    assert_eq!(also_waiting.await.unwrap().unwrap(), PasswordVerdict::Wrong);
    assert_eq!(
        pool.verify(secret("third"), None).await.unwrap(),
        PasswordVerdict::Wrong,
        "the places came back"
    );
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_no_place_taken() {
    let pool = pool(1, 0);
    let worker = Arc::clone(&pool.workers).acquire_owned().await.unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.verify(secret("first"), None).await }
    });
    while pool.admission.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(worker);
    assert_eq!(
        pool.verify(secret("again"), None).await.unwrap(),
        PasswordVerdict::Wrong
    );
}
