"""A relying party: Apache with mod_auth_openidc, as docs/examples/clients has it. It says where it is when it answers."""
import os
import secrets
import shutil

from httpd import apache, drained, folder, free_port

with folder() as place:
    (place / "protected").mkdir()
    (place / "protected/page").write_text("An application")
    (place / "bye").write_text("Bye")
    authority = place / "authority.pem"
    shutil.copyfile(os.environ["REQUESTS_CA_BUNDLE"], authority)
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    told = {"HERE": here, "PASSPHRASE": secrets.token_hex(32), "CA_FILE": authority}
    with apache("mod_auth_openidc.conf", place, port, told) as server:
        print(here, flush=True)
        drained(server)
