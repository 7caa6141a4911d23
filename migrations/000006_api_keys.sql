-- Who may call. Of a key only the SHA-256 is here: it has 256 random bits, so no list of guesses leads
-- from the digest to the key, and a slow hash would only make every call slow.
create table hodei.api_key (
  id text not null,
  name text not null,
  scope text not null,
  key_sha256 text not null,
  created_by text,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_key_pkey primary key (id),
  constraint api_key_id_form check (id ~ '^[0-9a-f]{16}$'),
  constraint api_key_name_length check (length(name) between 1 and 63),
  constraint api_key_scope_known check (scope in ('read', 'submit', 'admin')),
  constraint api_key_digest_form check (key_sha256 ~ '^[0-9a-f]{64}$'),
  constraint api_key_expires_later check (expires_at > created_at)
);

create function hodei.guard_api_key() returns trigger language plpgsql as $$
begin
  if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
    perform hodei.refuse('api_key_stays_revoked', format('API key %s is revoked for ever', old.id));
  end if;
  if new.scope <> old.scope or new.key_sha256 <> old.key_sha256
      or new.expires_at is distinct from old.expires_at then
    perform hodei.refuse('api_key_is_frozen', 'what an API key is good for never changes');
  end if;
  return new;
end $$;
create trigger guard_api_key before update on hodei.api_key
  for each row execute function hodei.guard_api_key();
